"""From the words to an exit code: the one place that turns what went wrong into a line.

0    all done
1    a file failed
2    the words were wrong
130  interrupted
141  the reader of the output went away
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from imgconv.cli.console import say
from imgconv.cli.main import main
from imgconv.errors import REPORT_IT, TRACEBACK_VARIABLE, ImgconvError

INTERRUPTED = 130

READER_GONE = 141

COMPLETION_VARIABLE = "_IMGCONV_COMPLETE"


def run(words: Sequence[str] | None = None) -> int:
    """Run the command that ``words`` say, those of the process unless given."""
    try:
        return _told(words)
    except BrokenPipeError:  # nobody listens to what went wrong
        return READER_GONE
    except OSError:  # it could not be told
        return 1


def _told(words: Sequence[str] | None) -> int:
    try:
        return _finished(_invoke(sys.argv[1:] if words is None else list(words)))
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.ClickException as error:
        say(_one_line(error))
        return 2
    except click.exceptions.Exit as exit:
        return exit.exit_code
    except ImgconvError as error:
        say(str(error))
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        _leave_stdout()
        return READER_GONE
    except OSError as error:
        _leave_stdout()
        say(f"{error.strerror or error}")
        return 1
    except MemoryError:
        say("there is not enough memory for this; use a smaller picture or kernel")
        return 1
    except Exception as error:
        if os.environ.get(TRACEBACK_VARIABLE):
            raise
        say(f"a fault of imgconv: {error!r}; {REPORT_IT}")
        return 1


def _invoke(words: list[str]) -> int:
    """Run the command, without what Click's own ``main`` makes of interrupts and broken pipes."""
    if COMPLETION_VARIABLE in os.environ:
        main.main(words, prog_name="imgconv")
    with main.make_context("imgconv", words) as context:
        return int(main.invoke(context) or 0)


def _finished(code: int) -> int:
    """Send off what is left of the output; a run that failed has told what is wrong with it."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        if not code:
            raise
        _leave_stdout()
    return code


def _one_line(error: click.ClickException) -> str:
    hint = "try 'imgconv --help'"
    context = getattr(error, "ctx", None)
    if context is not None:
        hint = f"try '{context.command_path} --help'"
    return f"{error.format_message().rstrip('.').replace(chr(10), ' ')}; {hint}"


def _leave_stdout() -> None:
    """Let the interpreter flush what is left into nothing when it ends."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
