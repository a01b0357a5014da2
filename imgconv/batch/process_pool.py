"""A crew: copies of this process that share out tasks, each with an interpreter of its own.

Only one thread of a process runs Python at a time, and what Python does for a picture, however
little, all threads wait for. A member of a crew waits for nobody. Members are forked, so what was
imported stays so.

    run     --- numbers of tasks ------>  members
            <-- what came of each task --

Whoever is free takes the next number out of a pipe. A member ends when its run does, in whatever
way: it watches the socket on which it answers. When all members have died, new ones do the rest.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from threading import Thread
from typing import TYPE_CHECKING, Any, NoReturn

from imgconv.system import atomic
from imgconv.system.shutdown import at_end, not_yet

if TYPE_CHECKING:
    from _socket import socket


Do = Callable[[int], Any]

# With fewer tasks for each member too much time passes in the end in which some have none.
ENOUGH = 8

# So many numbers wait in the pipe for each member, lest it wait for the run.
_AHEAD = 2

# A number in the pipe, and more than an answer ever takes, in bytes: a socket holds as much.
_NUMBER, _ANSWER = 4, 1 << 17

# How long members may take to delete what they have begun, where their run ends at a signal.
_PATIENCE = 5.0  # seconds


def useful_members(tasks: int, most: int) -> int:
    """How many members are of use for so many tasks, ``most`` at the most; 1 means no crew.

    Elsewhere than in Linux a process that has loaded libraries may not be forked.
    """
    return max(1, min(most, tasks // ENOUGH)) if sys.platform == "linux" else 1


def share_out(tasks: int, members: int, do: Do) -> Iterator[tuple[int, Any]]:
    """Have ``do`` called with all numbers below ``tasks`` by ``members`` copies of this process.

    Gives each number and what came of it, as they come. A member that dies takes a task along:
    nothing comes of that one. No other thread may be at work when it begins.
    """
    left: Sequence[int] = range(tasks)
    while left:
        untaken = yield from _by_one_crew(left, members, do)
        if len(untaken) == len(left):  # there is no room for other processes
            yield from ((number, do(number)) for number in left)
            return
        left = untaken


def _by_one_crew(
    tasks: Sequence[int], members: int, do: Do
) -> Generator[tuple[int, Any], None, list[int]]:
    """Give what a crew answers until no member is left; returns the tasks that none has taken."""
    # What ``pickle`` and ``socket`` are made of: the rest of them takes 4 ms to import.
    from _pickle import loads
    from _socket import AF_UNIX, SOCK_SEQPACKET, socketpair

    numbers, (answers, answering) = _Numbers(tasks), socketpair(AF_UNIX, SOCK_SEQPACKET)
    with ExitStack() as stack, closing(answers):
        with not_yet():
            crew = [*_engaged(members, _Work(do, numbers, answers, answering))]
            dismiss = _Dismissal(crew, answers)
            stack.enter_context(at_end(dismiss, _PATIENCE))
        answering.close()
        try:
            for _ in range(_AHEAD * len(crew)):
                numbers.give()
            while answer := answers.recv(_ANSWER):
                numbers.give()
                yield loads(answer)
        finally:
            with not_yet():  # what is left to tell belongs to whoever ends the process
                pass
            dismiss()
    return numbers.untaken()


class _Numbers:
    """The numbers of tasks: those that wait, and those in a pipe from which members take them."""

    def __init__(self, tasks: Sequence[int]) -> None:
        self._waiting = deque(tasks)
        taking, giving = os.pipe()
        self._taking, self._giving = os.fdopen(taking, "rb", 0), os.fdopen(giving, "wb", 0)

    def give(self) -> None:
        """Put the next one into the pipe, which is closed behind the last one."""
        if self._waiting:
            self._giving.write(self._waiting.popleft().to_bytes(_NUMBER))
        if not self._waiting:
            self._giving.close()

    def only_take(self) -> None:
        """What members do."""
        self._giving.close()

    def take(self) -> int | None:
        """Wait for one; None where there are no more."""
        taken = self._taking.read(_NUMBER)
        return int.from_bytes(taken) if taken else None

    def untaken(self) -> list[int]:
        """All that are left, where nobody takes any more."""
        self._giving.close()
        with self._taking:
            in_the_pipe = [*iter(self.take, None)]
        return [*in_the_pipe, *self._waiting]


class _Dismissal:
    """Ends the members of a crew and waits for that."""

    def __init__(self, crew: list[int], answers: socket) -> None:
        self._crew, self._answers = crew, answers

    def __call__(self) -> None:
        from _socket import SHUT_RDWR

        self._answers.shutdown(SHUT_RDWR)
        for member in self._crew:
            with suppress(ChildProcessError):  # another thread has waited for it
                os.waitpid(member, 0)


def _engaged(members: int, work: _Work) -> Iterator[int]:
    """The members of a crew, as many as the system allows."""
    with suppress(OSError):
        for _ in range(members):
            member = _fork()
            if member == 0:
                work()
            yield member


def _fork() -> int:
    with warnings.catch_warnings():
        # Python warns of other threads, which may hold locks for ever after. There is but the one
        # that waits for signals, and that holds none: see ``not_yet``.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


class _Work:
    """What a member does."""

    def __init__(self, do: Do, numbers: _Numbers, answers: socket, answering: socket) -> None:
        self._do, self._numbers = do, numbers
        self._answers, self._answering = answers, answering

    def __call__(self) -> NoReturn:
        self._numbers.only_take()
        self._answers.close()
        try:
            self._answer_all()
        except BrokenPipeError:  # nobody listens any more
            os._exit(1)
        except BaseException:
            from traceback import print_exc

            print_exc()
            os._exit(1)
        os._exit(0)

    def _answer_all(self) -> None:
        from _pickle import dumps

        try:
            Thread(target=self._end_with_run, daemon=True).start()
        except RuntimeError:  # there is no room for a thread: others do the work
            return
        while (number := self._numbers.take()) is not None:
            self._answering.send(dumps((number, self._do(number))))

    def _end_with_run(self) -> None:
        """Wait until the other end of the socket is gone."""
        from select import poll

        watch = poll()
        watch.register(self._answering, 0)
        watch.poll()
        atomic.abandon()
        os._exit(1)
