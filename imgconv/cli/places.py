"""The options that say where pictures go and what becomes of what is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from imgconv import pairing
from imgconv.cli.say import say
from imgconv.errors import FileError, WordsError
from imgconv.existing import REPLACED, RULES

if TYPE_CHECKING:
    from imgconv.existing import Existing
    from imgconv.formats import Format
    from imgconv.pairing import Pair

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

# The rules that say nothing of a picture that is to be replaced.
_NOT_IN_PLACE = ("no-clobber", "skip-existing")

_OPTIONS = (
    click.option("--in-place", is_flag=True, help="Replace each INPUT; there is no OUTPUT then."),
    *(click.option(f"--{rule}", is_flag=True, help=summary) for rule, summary in RULES.items()),
    click.option("--report", metavar="FILE", help="Write what became of each file, as JSON lines."),
)


def placing_options(command: Decorated) -> Decorated:
    """Give a command the options of where pictures go."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def pairs_of(places: Sequence[str], format: Format | None, options: dict[str, Any]) -> list[Pair]:
    """The pictures, and where each goes; raises ``WordsError``."""
    if options["in_place"]:
        if format is not None:
            raise WordsError("--in-place keeps the format of a picture", "leave out --format")
        pairs = pairing.pair_in_place(places)
    else:
        *sources, target = places
        if not sources:
            raise WordsError("there is no OUTPUT", "name one, or give --in-place to replace INPUT")
        pairs = pairing.pair(sources, target, format)
    if options["report"]:
        pairing.check_apart(options["report"], pairs)
    return pairs


def rule_of(options: dict[str, Any]) -> str:
    """What becomes of outputs that exist; raises ``WordsError`` for rules that exclude others."""
    given = [rule for rule in RULES if options[rule.replace("-", "_")]]
    if len(given) > 1:
        raise WordsError(f"--{given[0]} and --{given[1]} exclude each other", "give one of them")
    if options["in_place"] and given and given[0] in _NOT_IN_PLACE:
        raise WordsError(f"--{given[0]} leaves all as it is in place", "leave it out")
    return given[0] if given else REPLACED


def tell_what_would_be(pairs: Sequence[Pair], existing: Existing) -> int:
    """Say what would be read and written; gives the exit code."""
    code = 0
    for pair in pairs:
        try:
            would = "leave" if existing.leaves(pair) else f"read {pair.source} and write"
            say(f"would {would} {pair.target}")
        except FileError as error:
            say(str(error))
            code = error.exit_code
    return code
