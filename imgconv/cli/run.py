"""The command ``imgconv``: run it and return its exit code. Errors are printed in one line each.

0    success
1    a file failed, or another error at run time
2    usage error
130  interrupted
141  standard output was closed by its reader
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from errno import EDQUOT, EFBIG, ENOSPC
from importlib import import_module
from typing import TYPE_CHECKING

import click

from imgconv import cli
from imgconv.cli.console import ClosedOutput, say
from imgconv.cli.sections import SectionedCommand
from imgconv.errors import REPORT_IT, TRACEBACK_VARIABLE, ImgconvError
from imgconv.planning import costs
from imgconv.system.atomic import write_error
from imgconv.system.places import PIPE
from imgconv.system.version import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

FAILURE = 1
USAGE_ERROR = 2
INTERRUPTED = 130
BROKEN_PIPE = 141

# A script of a shell sets it to the shell's name: see completion/shells.py.
COMPLETION_VARIABLE = "_IMGCONV_COMPLETE"

# The module of each command, which is imported to run it, and the first sentence of its help: all
# modules together take longer to import than to print the list.
COMMANDS = {
    "apply": ("apply", "Filter pictures with FILTER and write them to OUTPUT."),
    "cache": ("machine", "Show the folder of cached loops, and its size."),
    "completion": (
        "completion.command",
        "Print the script that completes filters, options and values in a shell.",
    ),
    "doctor": ("doctor", "Check versions, folders, formats and the machine, as for a bug report."),
    "explain": ("explain", "Show how one pixel of the result of FILTER is computed from INPUT."),
    "filters": (
        "filters",
        "List filters in groups, with the defaults and ranges of their parameters.",
    ),
    "help": ("help", "Print the help of a command or of a filter."),
    "learn": (
        "learn",
        "Learn the kernel that made AFTER of BEFORE: two pictures, or two folders of them.",
    ),
    "maps": ("maps", "Lay each kernel of BANK over INPUT, and write a map for each."),
    "match": ("match", "Find where TEMPLATE lies in INPUT."),
    "plan": ("plan", "Show which engines would filter INPUT, and their costs."),
    "sequence": ("sequence", "Convolve sequences of numbers, such as dice, signals and sounds."),
    "show": ("show", "Print the kernels of FILTER and their properties."),
    "spectrum": ("spectrum", "Show the frequencies of INPUT: a text, a picture, or numbers."),
    "tune": ("machine", "Measure the costs of the engines on this machine."),
    "warm": ("machine", "Compile all loops in advance, as for a container image."),
}

EXAMPLES = (
    ("Blur a picture", "imgconv apply blur in.jpg out.jpg"),
    ("Apply a chain of filters to a folder", "imgconv apply gaussian:2,sobel photos/ edges/"),
    ("Apply a kernel of your own", 'imgconv apply "0 -1 0; -1 5 -1; 0 -1 0" in.png out.png'),
    ("Filter in a pipe", "cat in.png | imgconv apply sharpen - - > out.png"),
    ("List the options of a filter", "imgconv help gaussian"),
)


class LazyGroup(SectionedCommand, click.Group):
    """The group of all commands."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [*COMMANDS]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"imgconv.cli.{COMMANDS[name][0]}"), name)
        return command

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; raises ``UsageError`` for a word that is none, with what was meant."""
        name, *others = args
        if name not in COMMANDS and not context.resilient_parsing:
            raise cli.near_misses.unknown_command(name, others, [*COMMANDS])
        return super().resolve_command(context, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write all commands with their summaries."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return commands with their summaries, which Click would cut to 45 characters."""
        from click.shell_completion import CompletionItem

        found = {name: row for name, row in COMMANDS.items() if name.startswith(incomplete)}
        items = [CompletionItem(name, help=summary) for name, (_, summary) in found.items()]
        return [*items, *click.Command.shell_complete(self, ctx, incomplete)]


@click.group(
    cls=LazyGroup, examples=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, "-V", "--version", prog_name="imgconv")
def imgconv() -> None:
    """Filter pictures by convolution.

    'imgconv help COMMAND' describes a command, 'imgconv help FILTER' the options of a filter.
    """
    costs.report = say


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments, by default the process's; return its exit code."""
    if sys.stdout is None:
        sys.stdout = ClosedOutput()
    try:
        return _run(sys.argv[1:] if arguments is None else list(arguments))
    except BrokenPipeError:  # standard error is closed as well
        return BROKEN_PIPE
    except OSError:  # the message could not be printed
        return FAILURE


def _run(arguments: list[str]) -> int:
    try:
        return _flush_stdout(_invoke(arguments))
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.NoSuchOption as error:
        say(str(cli.usage_errors.unknown_option(error, arguments)))
        return USAGE_ERROR
    except click.ClickException as error:
        say(cli.usage_errors.in_one_line(error, arguments))
        return USAGE_ERROR
    except click.exceptions.Exit as exit:
        return exit.exit_code
    except ImgconvError as error:
        say(str(error))
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        return BROKEN_PIPE
    except OSError as error:
        say(_line_of(error))
        return FAILURE
    except MemoryError:
        say("there is not enough memory for this; use a smaller picture or kernel")
        return FAILURE
    except Exception as error:
        if os.environ.get(TRACEBACK_VARIABLE):
            raise
        say(f"internal error: {error!r}; {REPORT_IT}")
        return FAILURE


def _invoke(arguments: list[str]) -> int:
    """Run the command without Click's ``main``, which handles interrupts and broken pipes."""
    if shell := os.environ.get(COMPLETION_VARIABLE):
        shells = import_module("imgconv.cli.completion.shells")
        click.echo(shells.answer(imgconv, shell, arguments))
        return 0
    with imgconv.make_context("imgconv", arguments) as context:
        return int(imgconv.invoke(context) or 0)


def _flush_stdout(code: int) -> int:
    """Write buffered output, and return ``code``; an error counts only if nothing failed before."""
    try:
        sys.stdout.flush()
    except OSError:
        if not code:
            raise
    return code


def _line_of(error: OSError) -> str:
    """Return what is wrong and what to do; only standard output is written without its name."""
    if isinstance(error.filename, str):
        return f"{error.filename}: {error.strerror}; check the path"
    if error.errno in (ENOSPC, EDQUOT, EFBIG):
        return str(write_error(PIPE, error))
    return error.strerror or str(error)
