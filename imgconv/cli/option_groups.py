"""Decorators of options: for each section of a help text, and for options that become a record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial, wraps
from typing import Any

from click import option

from imgconv.cli.sections import SECTIONS, SectionOption
from imgconv.errors import UsageError

Command = Callable[..., int | None]

# For an option with a value, and for a flag, in each section.
in_kernel, in_pixels, in_explanation, in_sequences, in_files, in_batches, in_speed, in_other = (
    partial(option, cls=SectionOption, section=name) for name in SECTIONS
)
(
    kernel_flag,
    pixels_flag,
    explanation_flag,
    sequences_flag,
    files_flag,
    batches_flag,
    speed_flag,
    other_flag,
) = (partial(option, cls=SectionOption, section=name, is_flag=True) for name in SECTIONS)

json_option = other_flag("--json", "as_json", help="Print one JSON document (default: text).")


def as_record(name: str, record: Any, *options: Any) -> Callable[[Command], Command]:
    """Return a decorator that adds ``options``, which the command gets as its argument ``name``.

    ``record`` is a named tuple, whose fields are named as the options are, or as records among
    them. A field ``parameters`` gets the options that the filter on the line declares.
    """

    def decorate(command: Command) -> Command:
        @wraps(command)
        def with_record(**values: Any) -> int | None:
            fields = {field: values.pop(field) for field in record._fields if field in values}
            if "parameters" in record._fields:
                declared = [value for value in values if value.startswith("parameter_")]
                fields["parameters"] = {each: values.pop(each) for each in declared}
            return command(**values, **{name: record(**fields)})

        for add_option in reversed(options):
            with_record = add_option(with_record)
        return with_record

    return decorate


def given_one(record: Any, options: Iterable[str]) -> str | None:
    """Return the one option of a record that is given, if any; raises ``UsageError`` for a second.

    ``options`` are named as on the command line, without ``--``.
    """
    values = {name: getattr(record, name.replace("-", "_")) for name in options}
    given = [name for name, value in values.items() if value is not None and value is not False]
    if len(given) > 1:
        raise UsageError(f"--{given[0]} and --{given[1]} exclude each other", "give one of them")
    return given[0] if given else None
