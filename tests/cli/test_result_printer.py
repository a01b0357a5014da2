"""The printing of results."""

from __future__ import annotations

from contextlib import suppress
from threading import Barrier, Thread

from imgconv.batch.result import Report, Result
from imgconv.cli.apply import ResultPrinter
from imgconv.errors import WriteError
from tests.support.command_line import Captured


class Full(Report):
    """A report that is full while two threads write to it."""

    def __init__(self) -> None:
        self._both = Barrier(2)

    def add(self, result: Result) -> None:
        with suppress(RuntimeError):  # as one writes at a time, and waits in vain
            self._both.wait(0.2)
        raise WriteError("report: cannot be written", "make room")


def test_threads_print_once_that_a_report_cannot_be_written(capfd: Captured) -> None:
    printer = ResultPrinter(Full())
    threads = [Thread(target=printer, args=[Result("a", "b")]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert capfd.readouterr().err == "imgconv: report: cannot be written; make room\n"
    assert printer.end([Result("a", "b"), Result("a", "b")]) == 1
