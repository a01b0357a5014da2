"""A crew: copies of this process that share out tasks, each with an interpreter of its own.

Only one thread of a process runs Python at a time, and what Python does for a picture, however
little, all threads wait for. A member of a crew waits for nobody. Members are forked, so what was
imported stays so.

    run     --- numbers of tasks ------>  members
            <-- what came of each task --

Whoever is free takes the next number out of a pipe. A member ends when its run does, in whatever
way: it watches the socket on which it answers.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from threading import Thread
from typing import IO, TYPE_CHECKING, Any, NoReturn

from imgconv import unfinished
from imgconv.ending import at_end, give_way
from imgconv.named_tuple import NamedTuple

if TYPE_CHECKING:
    from socket import socket

# With fewer tasks for each member too much time passes in the end in which some have none.
ENOUGH = 8

# So many numbers wait in the pipe for each member, lest it wait for the run.
_AHEAD = 2

# A number in the pipe, and more than an answer ever takes, in bytes.
_NUMBER, _ANSWER = 4, 1 << 20

# How long members may take to delete what they have begun, where their run ends at a signal.
_PATIENCE = 5.0  # seconds


def useful_members(tasks: int, most: int) -> int:
    """How many members are of use for so many tasks, ``most`` at the most; 1 means no crew.

    Elsewhere than in Linux a process that has loaded libraries may not be forked.
    """
    return max(1, min(most, tasks // ENOUGH)) if sys.platform == "linux" else 1


class Ways(NamedTuple):
    """How a run and its crew hear of each other: a pipe of numbers, and a pair of sockets."""

    numbers: int
    giving: IO[bytes]
    answers: socket
    answering: socket


def share_out(tasks: int, members: int, do: Callable[[int], Any]) -> Iterator[tuple[int, Any]]:
    """Have ``do`` called with all numbers below ``tasks`` by ``members`` copies of this process.

    Gives each number and what came of it, as they come. A member that dies takes a task along:
    nothing comes of that one. No other thread may be at work when it begins.
    """
    from socket import AF_UNIX, SOCK_SEQPACKET, socketpair

    numbers, giving = os.pipe()
    ways = Ways(numbers, os.fdopen(giving, "wb", 0), *socketpair(AF_UNIX, SOCK_SEQPACKET))
    crew = _engaged(members, do, ways)
    ways.answering.close()
    os.close(numbers)
    if not crew:  # there is no room for another process
        yield from ((number, do(number)) for number in range(tasks))
        return
    dismiss = _Dismissal(crew, ways.answers)
    with at_end(dismiss, _PATIENCE):
        try:
            yield from _answers(tasks, len(crew), ways)
        finally:
            give_way()
            dismiss()


def _answers(tasks: int, members: int, ways: Ways) -> Iterator[tuple[int, Any]]:
    """All answers until no member is left: members go when no number is."""
    import pickle

    numbers = _numbers(tasks, ways.giving)
    for _ in islice(numbers, _AHEAD * members):
        pass
    while answer := ways.answers.recv(_ANSWER):
        next(numbers, None)
        yield pickle.loads(answer)


def _numbers(tasks: int, giving: IO[bytes]) -> Iterator[int]:
    """Put the next number into the pipe each time, which is closed behind the last one."""
    with giving:
        for number in range(tasks):
            with suppress(BrokenPipeError):  # no member is left
                giving.write(number.to_bytes(_NUMBER))
            if number < tasks - 1:
                yield number


class _Dismissal:
    """Ends the members of a crew and waits for that."""

    def __init__(self, crew: list[int], answers: socket) -> None:
        self._crew, self._answers = crew, answers

    def __call__(self) -> None:
        from socket import SHUT_RDWR

        self._answers.shutdown(SHUT_RDWR)
        for member in self._crew:
            with suppress(ChildProcessError):  # another thread has waited for it
                os.waitpid(member, 0)


def _engaged(members: int, do: Callable[[int], Any], ways: Ways) -> list[int]:
    """The members of a crew, as many as the system allows."""
    crew: list[int] = []
    with warnings.catch_warnings(), suppress(OSError):
        # Python warns of other threads, which may hold locks for ever after. There is but the one
        # that waits for signals.
        warnings.simplefilter("ignore", DeprecationWarning)
        for _ in range(members):
            member = os.fork()
            if member == 0:
                ways.giving.close()
                ways.answers.close()
                _work(do, ways)
            crew.append(member)
    return crew


def _work(do: Callable[[int], Any], ways: Ways) -> NoReturn:
    """What a member does."""
    import pickle

    try:
        Thread(target=_end_with_run, args=[ways.answering], daemon=True).start()
        while taken := os.read(ways.numbers, _NUMBER):
            number = int.from_bytes(taken)
            ways.answering.send(pickle.dumps((number, do(number))))
    except BrokenPipeError:  # nobody listens any more
        os._exit(1)
    except BaseException:
        from traceback import print_exc

        print_exc()
        os._exit(1)
    os._exit(0)


def _end_with_run(answering: socket) -> None:
    """Wait until the other end of the socket is gone."""
    from select import poll

    watch = poll()
    watch.register(answering, 0)
    watch.poll()
    unfinished.abandon()
    os._exit(1)
