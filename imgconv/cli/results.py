"""What people are told of the files of a run, and what is written into its report."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING

from imgconv.batch.result import Outcome, summary
from imgconv.cli.console import say
from imgconv.errors import WriteError

if TYPE_CHECKING:
    from imgconv.batch.report import Report


class Teller:
    """Tells of each file as it is done, and of all in the end.

    A report that cannot be written any more fails the run, but stops no picture.
    """

    def __init__(self, report: Report | None) -> None:
        self._report = report
        self._fault: WriteError | None = None
        self._adding = Lock()  # files are done in several threads

    def __call__(self, outcome: Outcome) -> None:
        """Tell of one file: what is to be known of its result, or why there is none."""
        if outcome.error:
            say(str(outcome.error))
        else:
            for note in outcome.notes:
                say(f"{outcome.source}: {note}")
        with self._adding:
            if self._report and not self._fault:
                try:
                    self._report.add(outcome)
                except WriteError as error:
                    self._fault = error
                    say(str(error))

    def end(self, outcomes: Sequence[Outcome]) -> int:
        """Sum up; gives the exit code of the run."""
        if len(outcomes) > 1:
            say(summary(outcomes))
        errors = [outcome.error for outcome in outcomes if outcome.error]
        if len(outcomes) == 1 and errors:
            return errors[0].exit_code
        return 1 if errors or self._fault else 0
