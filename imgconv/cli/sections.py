"""Help texts in sections: each option says its section, a command its examples.

The reference and the man page are made from the same fields as ``--help``: ``section``, ``help``
and ``table`` of an option, ``examples`` of a command.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click
from click.core import augment_usage_errors

from imgconv.cli.completion.values import complete_from

# The sections in the order of a help text. Parameters of the filter on the line come before them.
SECTIONS = (
    *("The kernel", "Picture and pixels", "Explanation", "Sequences"),
    *("Files", "Batches", "Speed", "Messages and help"),
)
OTHER = SECTIONS[-1]

# The width of the column of option names, and the indent of a table below an option.
_COLUMN, _INDENT = 22, 28

Example = tuple[str, str]


class SectionOption(click.Option):
    """An option with its ``section``, and a ``table`` of values that stands below its text.

    ``choices`` is the table of all values that the option takes; other tables list examples.
    """

    def __init__(
        self,
        *args: Any,
        section: str = OTHER,
        table: Mapping[str, str] | None = None,
        choices: Mapping[str, str] | None = None,
        **attributes: Any,
    ) -> None:
        if choices:
            table, attributes["type"] = choices, click.Choice([*choices])
        if table:
            attributes.setdefault("shell_complete", complete_from(table))
        super().__init__(*args, **attributes)
        self.section, self.table = section, table or {}

    def get_help_extra(self, ctx: click.Context) -> click.types.OptionHelpExtra:
        """Add nothing to the text, which names defaults and limits itself."""
        return {}


class SectionedCommand(click.Command):
    """A command whose help text has its options in sections, and ``examples`` at the end.

    An example is a sentence and the command line that does it.
    """

    def __init__(self, *args: Any, examples: Sequence[Example] = (), **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.examples = examples

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse options; Click's parser leaves the command out of its errors."""
        with augment_usage_errors(ctx):
            return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each section that has options; a single one is called Options."""
        sections = self.sections(ctx)
        for name, options in sections.items():
            title = "Options" if len(sections) == 1 else name
            _write_section(ctx, formatter, title, options)
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)

    def sections(self, ctx: click.Context) -> dict[str, list[click.Option]]:
        """Return the visible options of each section, in the order of the help text."""
        first = self.first_sections(ctx)
        found: dict[str, list[click.Option]] = {name: [] for name in (*first, *SECTIONS)}
        for option in self.get_params(ctx):
            if isinstance(option, click.Option) and not option.hidden:
                found[getattr(option, "section", OTHER)].append(option)
        return {name: options for name, options in found.items() if options or name in first}

    def first_sections(self, ctx: click.Context) -> list[str]:
        """Return the titles of sections that come first, even where they have no options."""
        return []

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        if not self.examples:
            return
        with formatter.section("Examples"):
            for position, (purpose, line) in enumerate(self.examples):
                if position:
                    formatter.write_paragraph()
                formatter.write_text(f"{purpose}:")
                formatter.write(f"{'':{formatter.current_indent + 2}}{line}\n")


def _write_section(
    ctx: click.Context, formatter: click.HelpFormatter, title: str, options: Sequence[click.Option]
) -> None:
    with formatter.section(title):
        if not options:
            formatter.write_text("There are no parameters.")
        for option in options:
            names, text = option.get_help_record(ctx) or ("", "")
            formatter.write_dl([(names.ljust(_COLUMN), text)], col_max=_COLUMN)
            _write_table(formatter, getattr(option, "table", {}))


def _write_table(formatter: click.HelpFormatter, table: Mapping[str, str]) -> None:
    from click.formatting import wrap_text  # imported for help texts only

    width = max(map(len, table), default=0)
    for value, text in table.items():
        indent = " " * _INDENT
        beside = indent + " " * (width + 2)
        line = f"{value:{width}}  {text}"
        formatter.write(f"{wrap_text(line, formatter.width, indent, beside)}\n")
