"""Messages about the results of a run: errors, warnings, a line a picture, a summary."""

import re
from collections import Counter
from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

from imgconv.batch.result import Report, Result, Size, summary
from imgconv.cli.console import counted, say
from imgconv.errors import WriteError

# Warnings that differ only in numbers are of one kind.
_NUMBER = r"\d[\d.]*"


class Verbosity(NamedTuple):
    """How much is said beside errors: nothing if ``quiet``, a line for each picture if ``verbose``.

    By default each kind of warning is printed once, and counted.
    """

    quiet: bool = False
    verbose: bool = False

    def note(self, text: str) -> None:
        """Print one line, unless it is to be quiet."""
        if not self.quiet:
            say(text)


NORMAL = Verbosity()


class ResultPrinter:
    """Prints the errors and warnings of each file, and adds its line to the report.

    A report that can no longer be written fails the run, but stops no picture.
    """

    def __init__(self, report: Report | None = None, verbosity: Verbosity = NORMAL) -> None:
        self._report, self._verbosity = report, verbosity
        self._report_failed = False
        self._kinds: dict[str, Counter[str]] = {}
        self._adding = Lock()  # several threads have results

    def __call__(self, result: Result) -> None:
        """Print the error of one file, or its warnings."""
        with self._adding:
            if result.error:
                say(str(result.error))
            elif not self._verbosity.quiet:
                self._print_notes(result)
            if self._verbosity.verbose and not result.error:
                say(detail(result))
            self._add_to_report(result)

    def end(self, results: Sequence[Result]) -> int:
        """Print the summary of several files and return the exit code of the run."""
        for texts in self._kinds.values():
            if count := texts.total() - 1:
                say(_repeated(texts, count))
        if len(results) > 1:
            self._verbosity.note(summary(results))
        errors = [result.error for result in results if result.error]
        if len(results) == 1 and errors:
            return errors[0].exit_code
        return 1 if errors or self._report_failed else 0

    def _print_notes(self, result: Result) -> None:
        """Print each kind of warning at the first picture that has it; count it at others."""
        kinds = {re.sub(_NUMBER, "N", note): note for note in reversed(result.notes)}
        for kind, note in reversed(kinds.items()):
            is_first = kind not in self._kinds
            if not self._verbosity.verbose:
                self._kinds.setdefault(kind, Counter())[note] += 1
            if is_first:
                say(f"{result.source}: {note}")

    def _add_to_report(self, result: Result) -> None:
        if self._report and not self._report_failed:
            try:
                self._report.add(result)
            except WriteError as error:
                self._report_failed = True
                say(str(error))


def _repeated(texts: Counter[str], count: int) -> str:
    """Return the line for a warning that more pictures had, with N for numbers that differ."""
    columns = zip(*(re.findall(_NUMBER, text) for text in texts), strict=True)
    numbers = iter([same[0] if len({*same}) == 1 else "N" for same in columns])
    text = re.sub(_NUMBER, lambda match: next(numbers), next(iter(texts)))
    return f"{counted(count, 'more picture')}: {text}"


def detail(result: Result) -> str:
    """Return what became of a picture, in one line: files, sizes, engines and time."""
    places = f"{result.source} -> {result.target}"
    if result.skipped:
        return f"{places}: left as it is"
    engines = [f"{ran.filter} by {'+'.join(dict.fromkeys(ran.engines))}" for ran in result.plan]
    sizes = [_size(result.written)] if result.written else []
    return f"{places}: {', '.join([*sizes, *engines, f'{result.seconds:.3f} s'])}"


def _size(size: Size) -> str:
    frames = f", {size.frames} frames" if size.frames > 1 else ""
    return f"{size.width}x{size.height}{frames}, {max(1, round(size.bytes / 1024))} KB"
