"""Options for the parameters of the filter that is named on the command line."""

import re
from collections.abc import Mapping
from contextlib import suppress

import click

from imgconv.cli.completion.values import complete_parameter
from imgconv.cli.sections import SectionedCommand, SectionOption
from imgconv.errors import UsageError
from imgconv.kernels import library
from imgconv.kernels.filter import Declaration, Parameter
from imgconv.system.diagnostics import printable

# A kernel that begins with a negative number is not an option.
_NEGATIVE = re.compile(r"-[\d.][\d\s.,;:/eE()\[\]+-]*")


class KernelCommand(SectionedCommand):
    """A command with an argument that may be a kernel."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse options, among which a kernel that begins with a negative number is none."""
        return super().parse_args(ctx, _without_negative(args))


class FilterCommand(SectionedCommand):
    """A command with an option for each parameter of the filter on its line."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse options; the filter is looked up only if the command has no such option itself."""
        ctx.meta["arguments"] = args = _without_negative(args)
        if not ctx.resilient_parsing and not {*args} & {*self.get_help_option_names(ctx)}:
            with suppress(click.NoSuchOption):
                return super().parse_args(ctx, [*args])
        named = self._first_argument(args)
        ctx.meta["filter_text"] = named or ""
        ctx.meta["declarations"] = _declarations(named) if named else []
        return super().parse_args(ctx, [*args])

    def _first_argument(self, args: list[str]) -> str | None:
        """Return the first argument that is neither an option nor the value of one."""
        options = [each for each in self.params if isinstance(each, click.Option)]
        valued = {name for option in options if not option.is_flag for name in option.opts}
        letters = "".join(name[1] for name in valued if len(name) == 2)
        # The last of several letters may take the next argument, as in -qo OUTPUT.
        takes_next = re.compile(rf"-[^-{letters}]*[{letters}]") if letters else None
        remaining = iter(args)
        for argument in remaining:
            if argument in valued or (takes_next and takes_next.fullmatch(argument)):
                next(remaining, None)
            elif not argument.startswith("-"):
                return argument
        return None

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        own = super().get_params(ctx)
        taken = {name for parameter in own for name in parameter.opts}
        declared: list[click.Parameter] = []
        for declaration in ctx.meta.get("declarations", ()):
            for parameter in declaration.parameters:
                if f"--{parameter.name}" not in taken:
                    taken.add(f"--{parameter.name}")
                    declared.append(_option(parameter, _title(declaration)))
        return [*declared, *own]

    def first_sections(self, ctx: click.Context) -> list[str]:
        """Return a title for each filter on the line."""
        return [_title(declaration) for declaration in ctx.meta.get("declarations", ())]


def _without_negative(args: list[str]) -> list[str]:
    return [f" {arg}" if _NEGATIVE.fullmatch(arg) else arg for arg in args]


def _declarations(text: str) -> list[Declaration]:
    """Return the declarations of a chain's filters; none where it cannot be parsed."""
    try:
        return library.declarations_of(text)
    except UsageError:
        return []


def _title(declaration: Declaration) -> str:
    """Return the title of the section of a filter's parameters."""
    name = declaration.usage if declaration.takes_path else declaration.name
    return printable(f"{name} - {declaration.summary}")


def _key(parameter: str) -> str:
    """Return Click's name for a filter's parameter, which no option of the command has."""
    return f"parameter_{parameter.lower().replace('-', '_')}"


def _option(parameter: Parameter, section: str) -> SectionOption:
    return SectionOption(
        [f"--{parameter.name}", _key(parameter.name)],
        section=section,
        metavar="NAME" if parameter.labels else "N" if parameter.is_whole else "X",
        shell_complete=complete_parameter(parameter),
        help=f"{parameter.description[:1].upper()}{parameter.description[1:]}.",
    )


def given_values(text: str, options: Mapping[str, str]) -> dict[str, str]:
    """Return the values that options give to the parameters of the filters of a chain."""
    names = {each.name for declared in _declarations(text) for each in declared.parameters}
    given = {name: options.get(_key(name)) for name in names}
    return {name: value for name, value in given.items() if value is not None}
