"""Options that say where pictures go, and how a run goes about it."""

import os
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from click import IntRange, Path

from imgconv import batch
from imgconv.batch import conflicts, tasks
from imgconv.batch.output_names import FIELDS, NameTemplate
from imgconv.batch.overwrite import REPLACE, RULES, check_consent
from imgconv.batch.task import Task
from imgconv.cli.completion.values import complete_file
from imgconv.cli.option_groups import (
    as_record,
    batches_flag,
    files_flag,
    given_one,
    in_batches,
    in_files,
    other_flag,
)
from imgconv.cli.results import Verbosity
from imgconv.errors import UsageError
from imgconv.formats import registry
from imgconv.system.places import PIPE

if TYPE_CHECKING:
    from imgconv.batch.listing import Listing
    from imgconv.formats.registry import FormatRow

# The rules that would leave every picture as it is in place.
_NOT_IN_PLACE = ("no-clobber", "skip-existing")


class PlacingOptions(NamedTuple):
    """Where pictures go, and which outputs are left as they are."""

    output: str | None
    suffix: str | None
    in_place: bool
    overwrite: bool
    no_clobber: bool
    skip_existing: bool
    update: bool
    resume: bool
    hidden: bool
    report: str | None

    def rule(self) -> str:
        """Return the name of the overwrite rule; raises ``UsageError`` for a second one."""
        given = given_one(self, RULES)
        if self.in_place and given in _NOT_IN_PLACE:
            raise UsageError(f"--{given} leaves all as it is in place", "leave it out")
        return given or REPLACE

    def tasks(
        self,
        files: Mapping[pathlib.Path, str],
        places: Sequence[str],
        format: "FormatRow | None",
        note: Callable[[str], None],
    ) -> list[Task]:
        """Return the tasks for INPUT... OUTPUT, or INPUT... in place.

        ``files`` are others that the run reads, each with its role. ``note`` gets a line on the
        files in folders that are left out. Raises ``UsageError``.
        """
        if "" in (*places, self.output):
            raise UsageError("a place is empty", "name a file, or . for this folder")
        listing = None
        if any(map(os.path.isdir, places)):
            is_kept = format is None and not registry.is_picture_path(self.output or "")
            listing = batch.listing.Listing(self.hidden, not self.in_place, is_kept)
        found = self._found_tasks(places, format, listing)
        outputs = [task.target for task in found]
        if self.report:
            conflicts.check_report_path(self.report, found)
            outputs.append(self.report)
        conflicts.check_files(files, outputs)
        if listing and (summary := listing.summary()):
            note(summary)
        return found

    def _found_tasks(
        self, places: Sequence[str], format: "FormatRow | None", listing: "Listing | None"
    ) -> list[Task]:
        if self.in_place:
            self._check_in_place(format)
            return tasks.make_tasks_in_place(places, listing)
        sources, target = self._split(places)
        if isinstance(target, str):
            found = tasks.make_tasks(sources, target, format, listing)
        else:
            found = tasks.make_named_tasks(sources, target, format, listing)
        if len(found) == 1 and not self.overwrite and self.output is None:
            check_consent(self.rule(), found[0])
        return found

    def _split(self, places: Sequence[str]) -> tuple[Sequence[str], str | NameTemplate]:
        """Return INPUT... and OUTPUT, as a path or as a template of names."""
        if self.output is not None:
            return places, self._named_output(self.output)
        *sources, target = places
        if self.suffix is None:
            if not sources:
                raise UsageError(
                    "there is no OUTPUT", "name one, or give --in-place to replace INPUT"
                )
            return sources, target
        with_suffix = NameTemplate.with_suffix
        if sources and (target.endswith(os.sep) or pathlib.Path(target).is_dir()):
            return sources, with_suffix(self.suffix, target)
        tasks.check_inputs(places, "end an output folder that is to be made in /")
        return places, with_suffix(self.suffix, None)

    def _named_output(self, output: str) -> str | NameTemplate:
        """Return OUTPUT of the option --output, together with --suffix."""
        template = NameTemplate(output)
        if self.suffix is None:
            return template if template.has_fields else template.literal
        if template.has_fields:
            raise UsageError("--suffix does not go with fields", "write it into the name")
        place = template.literal
        is_picture = registry.is_picture_path(place) and not pathlib.Path(place).is_dir()
        if is_picture or place == PIPE:
            raise UsageError(f"--suffix needs a folder, not '{place}'", "leave it out")
        return NameTemplate.with_suffix(self.suffix, place)

    def _check_in_place(self, format: "FormatRow | None") -> None:
        if format is not None:
            raise UsageError("--in-place keeps the format of a picture", "leave out --format")
        for name in ("output", "suffix"):
            given_one(self, (name, "in-place"))


class RunOptions(NamedTuple):
    """How a run goes about its pictures, and how much it says."""

    jobs: int | None
    dry_run: bool
    quiet: bool
    verbose: bool

    def verbosity(self) -> Verbosity:
        """Return how much is said; raises ``UsageError`` for options that contradict each other."""
        given_one(self, ("quiet", "verbose"))
        return Verbosity(self.quiet, self.verbose)


placing_options = as_record(
    "placing",
    PlacingOptions,
    in_files(
        "-o",
        "--output",
        metavar="OUTPUT",
        type=Path(),
        shell_complete=complete_file,
        help="Write to this file or folder, so that all places are INPUT (default: the last place "
        "is OUTPUT). Fields of a picture make names, as in -o 'out/{name}-soft.webp':",
        table=FIELDS,
    ),
    in_files(
        "--suffix",
        metavar="TEXT",
        help="Add TEXT to each name before the ending. Results lie beside their inputs unless "
        "OUTPUT is a folder (default: names stay).",
    ),
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
    batches_flag(
        "--hidden",
        help="Take hidden files and folders too, whose names begin with a dot. The default leaves "
        "them out of folders, and counts them.",
    ),
    in_batches(
        "--report",
        metavar="FILE",
        shell_complete=complete_file,
        help="Write a line of JSON for each picture into FILE, or to standard output for - "
        "(default: none).",
    ),
)

run_options = as_record(
    "run",
    RunOptions,
    in_batches(
        "-j",
        "--jobs",
        type=IntRange(1),
        metavar="N",
        help="Filter up to N pictures at once (default: as many as there are cores).",
    ),
    batches_flag(
        "-n",
        "--dry-run",
        help="Print which pictures would be read and written. The default writes them.",
    ),
    other_flag(
        "-q",
        "--quiet",
        help="Print errors only. The default also prints warnings, each kind once and then its "
        "count, and a summary of several pictures.",
    ),
    other_flag(
        "-v",
        "--verbose",
        help="Print a line for each picture, with its size, engines and time, and all warnings. "
        "The default prints warnings once, and a summary.",
    ),
)
