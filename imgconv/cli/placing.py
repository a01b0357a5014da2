"""Options that say where pictures go, and how a run goes about it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from click import IntRange

from imgconv.batch import tasks
from imgconv.batch.overwrite import REPLACE, RULES, check_consent
from imgconv.batch.tasks import Task
from imgconv.cli.console import say
from imgconv.cli.option_groups import Command, as_record, batches_flag, files_flag, in_batches
from imgconv.errors import UsageError
from imgconv.kernels import library

if TYPE_CHECKING:
    from imgconv.formats.registry import FormatRow

# The rules that would leave every picture as it is in place.
_NOT_IN_PLACE = ("no-clobber", "skip-existing")


class PlacingOptions(NamedTuple):
    """Where pictures go, and which outputs are left as they are."""

    in_place: bool
    overwrite: bool
    no_clobber: bool
    skip_existing: bool
    update: bool
    resume: bool
    report: str | None

    def rule(self) -> str:
        """Return the name of the overwrite rule; raises ``UsageError`` for a second one."""
        given = [rule for rule in RULES if getattr(self, rule.replace("-", "_"))]
        if len(given) > 1:
            raise UsageError(
                f"--{given[0]} and --{given[1]} exclude each other", "give one of them"
            )
        if self.in_place and given and given[0] in _NOT_IN_PLACE:
            raise UsageError(f"--{given[0]} leaves all as it is in place", "leave it out")
        return given[0] if given else REPLACE

    def tasks(
        self, filter_text: str, places: Sequence[str], format: FormatRow | None
    ) -> list[Task]:
        """Return the tasks for INPUT... OUTPUT, or INPUT... in place; raises ``UsageError``."""
        left_out: list[str] = []
        if self.in_place:
            if format is not None:
                raise UsageError("--in-place keeps the format of a picture", "leave out --format")
            found = tasks.make_tasks_in_place(places, left_out.append)
        else:
            *sources, target = places
            if not sources:
                raise UsageError(
                    "there is no OUTPUT", "name one, or give --in-place to replace INPUT"
                )
            found = tasks.make_tasks(sources, target, format, left_out.append)
            if len(found) == 1 and not self.overwrite:
                check_consent(self.rule(), found[0])
        outputs = [task.target for task in found]
        if self.report:
            tasks.check_report_path(self.report, found)
            outputs.append(self.report)
        tasks.check_kernel_files(_kernel_files(filter_text), outputs)
        if left_out:
            counts = [f"{left_out.count(kind)} {kind}" for kind in sorted({*left_out})]
            say(f"files left out: {', '.join(counts)}")
        return found


def _kernel_files(filter_text: str) -> list[Path]:
    """Return the kernel files; none for an unknown filter, which is named when it is made."""
    try:
        return library.files(filter_text)
    except UsageError:
        return []


placing_options = as_record(
    "placing",
    PlacingOptions,
    files_flag(
        "--in-place",
        help="Replace each INPUT by its result. The default writes OUTPUT, and no INPUT.",
    ),
    files_flag(
        "-f",
        "--overwrite",
        help="Replace OUTPUT even where it may be a second INPUT: a picture beside the only "
        "INPUT, with the same ending, that imgconv has not made. The default refuses that.",
    ),
    *(files_flag(f"--{rule}", help=summary) for rule, summary in RULES.items()),
    in_batches(
        "--report",
        metavar="FILE",
        help="Write a line of JSON for each picture into FILE, or to standard output for - "
        "(default: none).",
    ),
)

_jobs_option = in_batches(
    "-j",
    "--jobs",
    type=IntRange(1),
    metavar="N",
    help="Filter up to N pictures at once (default: as many as there are cores).",
)

_dry_run_option = batches_flag(
    "-n",
    "--dry-run",
    help="Print which pictures would be read and written, but write nothing.",
)


def run_options(command: Command) -> Command:
    """Add the options of a run that change no picture."""
    return _jobs_option(_dry_run_option(command))
