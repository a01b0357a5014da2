"""What becomes of outputs that exist already, and of what is remembered for later runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from imgconv.batch.tasks import Pair
from imgconv.errors import WriteError
from imgconv.system.places import PIPE
from imgconv.system.user_dirs import STATE_VARIABLE

if TYPE_CHECKING:
    from imgconv.batch.manifest import Past


Remember: TypeAlias = Callable[[bytes, os.stat_result], None]

REPLACED = "replaced"

# The rules under which an output may be left as it is, and what they are for people.
RULES = {
    "no-clobber": "Fail where an output exists.",
    "skip-existing": "Leave outputs that exist.",
    "update": "Leave outputs of this very filter that are not older than their input.",
    "resume": "Leave what a run of this very filter finished, by its content.",
}

_BY_PAST = ("update", "resume")


class Existing:
    """A rule for outputs that exist: ``REPLACED``, or one of ``RULES``.

    ``key`` gives what runs know a request by, that is all that decides what becomes of a picture.
    What is made is remembered where the rule asks for that, or where several pictures are filtered
    and a run may be cut short. Raises ``WriteError`` where nothing can be remembered and the rule
    asks for it.
    """

    def __init__(self, rule: str, key: Callable[[], str], pairs: Sequence[Pair]) -> None:
        self._rule = rule
        self._past: Past | None = None
        self.replaces = rule != "no-clobber"
        if rule in _BY_PAST or len(pairs) > 1:
            from imgconv.batch.manifest import Past

            with self._remembering():
                self._past = Past(key(), pairs)

    def begin(self) -> None:
        """Forget what will be made anew, so that it is not taken for finished if it is not."""
        if self._past and self._rule == REPLACED:
            with self._remembering():
                self._past.forget()

    def leaves(self, pair: Pair) -> bool:
        """Whether an output is to stay as it is; raises ``WriteError`` if it must not be there."""
        if self._rule == REPLACED or pair.target == PIPE or not Path(pair.target).exists():
            return False
        if self._rule == "no-clobber":
            raise WriteError(
                f"{pair.target}: exists already", "remove it, or leave out --no-clobber"
            )
        if self._rule == "skip-existing" or self._past is None:
            return True
        return {"update": self._past.is_current, "resume": self._past.is_finished}[self._rule](pair)

    def making(self, pair: Pair) -> Callable[[bytes | None], Remember]:
        """Begin to make an output, before its input is read.

        Gives what is told all of the input, where that was read at once, and gives what remembers
        the output when all of it is on the disk. A file that is too large to be read at once is
        looked through now: afterwards it may be another.
        """
        past = self._past
        if past is None:
            return lambda content: lambda data, status: None
        from imgconv.formats.reader import is_read_at_once

        large = "" if is_read_at_once(pair.source) else past.input_of(pair)

        def when_read(content: bytes | None) -> Remember:
            input = large if content is None else past.input_of(pair, content)

            def remember(data: bytes, status: os.stat_result) -> None:
                with self._remembering(f"{pair.target}: "):
                    past.remember(pair, input, data, status)

            return remember

        return when_read

    @contextmanager
    def _remembering(self, of: str = "") -> Iterator[None]:
        """Make an error of what the system says, if a rule asks for what is remembered."""
        try:
            yield
        except OSError as error:
            if self._rule in _BY_PAST:
                raise WriteError(
                    f"{of}what is made cannot be remembered ({error.strerror})",
                    f"let {STATE_VARIABLE} name a folder for that",
                ) from error


EVERYTHING_ANEW = Existing(REPLACED, str, ())
