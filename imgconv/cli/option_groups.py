"""Decorators of options: for each section of a help text, and for options that become a record."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from click import option

from imgconv.cli.sections import (
    BATCHES,
    EXPLANATION,
    FILES,
    KERNEL,
    OTHER,
    PIXELS,
    SEQUENCES,
    SPEED,
    SectionOption,
)

Command = Callable[..., int | None]

# For an option with a value, and for a flag.
in_kernel, in_pixels, in_explanation, in_files, in_batches, in_speed, in_other = (
    partial(option, cls=SectionOption, section=name)
    for name in (KERNEL, PIXELS, EXPLANATION, FILES, BATCHES, SPEED, OTHER)
)
kernel_flag, pixels_flag, explanation_flag, files_flag, batches_flag, speed_flag, other_flag = (
    partial(decorator, is_flag=True)
    for decorator in (
        in_kernel,
        in_pixels,
        in_explanation,
        in_files,
        in_batches,
        in_speed,
        in_other,
    )
)


in_sequences = partial(option, cls=SectionOption, section=SEQUENCES)
sequences_flag = partial(in_sequences, is_flag=True)


def as_record(name: str, record: Any, *options: Any) -> Callable[[Command], Command]:
    """Return a decorator that adds ``options``, which the command gets as its argument ``name``.

    ``record`` is a named tuple, whose fields are named as the options are. A field ``parameters``
    gets the options that the filter on the line declares.
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
