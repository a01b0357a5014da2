"""Messages about the files of a run, and its report."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING

from imgconv.batch.overwrite import OverwriteRule
from imgconv.batch.result import Result, summary
from imgconv.batch.tasks import Task
from imgconv.cli.console import say
from imgconv.errors import FileError, WriteError

if TYPE_CHECKING:
    from imgconv.batch.report import Report


class ResultPrinter:
    """Prints the errors and warnings of each file, and adds its line to the report.

    A report that can no longer be written fails the run, but stops no picture.
    """

    def __init__(self, report: Report | None = None) -> None:
        self._report = report
        self._report_failed = False
        self._adding = Lock()  # several threads have results

    def __call__(self, result: Result) -> None:
        """Print the error of one file, or its warnings."""
        if result.error:
            say(str(result.error))
        else:
            for note in result.notes:
                say(f"{result.source}: {note}")
        with self._adding:
            if self._report and not self._report_failed:
                try:
                    self._report.add(result)
                except WriteError as error:
                    self._report_failed = True
                    say(str(error))

    def end(self, results: Sequence[Result]) -> int:
        """Print the summary of several files and return the exit code of the run."""
        if len(results) > 1:
            say(summary(results))
        errors = [result.error for result in results if result.error]
        if len(results) == 1 and errors:
            return errors[0].exit_code
        return 1 if errors or self._report_failed else 0


def print_dry_run(tasks: Sequence[Task], overwrite: OverwriteRule) -> int:
    """Print the inputs and outputs of a run, and return its exit code."""
    code = 0
    for task in tasks:
        try:
            action = "leave" if overwrite.skips(task) else f"read {task.source} and write"
            say(f"would {action} {task.target}")
        except FileError as error:
            say(str(error))
            code = error.exit_code
    return code
