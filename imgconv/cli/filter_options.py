"""Options for the parameters of the filter that is named on the command line."""

import re
from contextlib import suppress
from typing import Any

import click

from imgconv.errors import UsageError
from imgconv.kernels import library
from imgconv.kernels.filter import Parameter

# A kernel that begins with a negative number is not an option.
_NEGATIVE = re.compile(r"-[\d.][\d\s.,;:/eE+-]*")


class KernelCommand(click.Command):
    """A command with an argument that may be a kernel."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse options, among which a kernel that begins with a negative number is none."""
        return super().parse_args(ctx, _without_negative(args))


class FilterCommand(click.Command):
    """A command with an option for each parameter of the filter on its line."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse options; the filter is looked up only if the command has no such option itself."""
        args = _without_negative(args)
        if not ctx.resilient_parsing and not {*args} & {*self.get_help_option_names(ctx)}:
            with suppress(click.NoSuchOption):
                return super().parse_args(ctx, [*args])
        named = self._first_argument(args)
        ctx.meta["parameters"] = _declared_parameters(named) if named else {}
        return super().parse_args(ctx, args)

    def _first_argument(self, args: list[str]) -> str | None:
        """Return the first argument that is neither an option nor the value of one."""
        valued = {
            name
            for option in self.params
            if isinstance(option, click.Option) and not option.is_flag
            for name in option.opts
        }
        remaining = iter(args)
        for argument in remaining:
            if argument in valued:
                next(remaining, None)
            elif not argument.startswith("-"):
                return argument
        return None

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        own = super().get_params(ctx)
        taken = {name for parameter in own for name in parameter.opts}
        declared: dict[str, Parameter] = ctx.meta.get("parameters", {})
        return [*(_option(p) for p in declared.values() if f"--{p.name}" not in taken), *own]


def _without_negative(args: list[str]) -> list[str]:
    return [f" {arg}" if _NEGATIVE.fullmatch(arg) else arg for arg in args]


def _declared_parameters(text: str) -> dict[str, Parameter]:
    """Return the parameters of all filters of a chain; none where it cannot be parsed."""
    try:
        parsed = [library.parse_link(link) for link in library.links(text)]
    except UsageError:
        return {}
    return {p.name: p for link in parsed if link for p in link[0].parameters}


def _key(parameter: str) -> str:
    """Return Click's name for a filter's parameter, which no option of the command has."""
    return f"parameter_{parameter.lower().replace('-', '_')}"


def _option(parameter: Parameter) -> click.Option:
    return click.Option(
        [f"--{parameter.name}", _key(parameter.name)],
        metavar="N" if parameter.is_whole else "X",
        help=f"{parameter.description}.",
    )


def given_values(text: str, options: dict[str, Any]) -> dict[str, str]:
    """Return the values that options give to the parameters of the filters of a chain."""
    given = {name: options.get(_key(name)) for name in _declared_parameters(text)}
    return {name: value for name, value in given.items() if value is not None}
