"""The pictures in a folder and its subfolders, and the counts of files that are left out."""

import os
from collections import Counter
from contextlib import suppress

from imgconv.formats import registry
from imgconv.system import atomic

# Kinds of files that are left out, as they are counted; "s" is added for several.
UNKNOWN = "file{} without the ending of a picture"
ATTRIBUTES = "file{} of attributes (AppleDouble)"
LINK = "link{} to pictures"
HIDDEN, HIDDEN_FOLDER = "hidden file{}", "hidden folder{}"
ONLY_READ = "picture{} in a format that is only read (--format names another)"
MADE = "result{} of an earlier run"

_TAKEN_BY_OPTION = (HIDDEN, HIDDEN_FOLDER)


class Listing:
    """Lists pictures of folders.

    Hidden files, and files in hidden folders, are listed only if ``hidden``, and links to files
    only if ``links``. Links to folders are not followed. Where results are in the format of the
    picture (``keeps_format``), formats that are only read are left out.
    """

    def __init__(self, hidden: bool = False, links: bool = True, keeps_format: bool = True) -> None:
        self._hidden, self._links, self._keeps_format = hidden, links, keeps_format
        self.left_out: Counter[str] = Counter()

    def pictures(self, folder: str) -> list[str]:
        """Return the paths of all pictures below a folder, sorted.

        A folder that cannot be read is among them, so that it is reported like a damaged picture.
        """
        found: list[str] = []

        def add_unreadable(error: OSError) -> None:
            found.append(error.filename)

        for root, folders, names in os.walk(folder, onerror=add_unreadable):
            folders[:] = sorted(name for name in folders if self._enters(name))
            for path in (os.path.join(root, name) for name in sorted(names)):
                if path.endswith(atomic.SUFFIX):
                    continue
                if kind := self._reason(path):
                    self.left_out[kind] += 1
                else:
                    found.append(path)
        here = os.path.join(os.curdir, "")
        return [path.removeprefix(here) for path in found]

    def summary(self) -> str:
        """Return the counts of files that were left out, in one line; "" for none."""
        kinds = sorted(self.left_out.items())
        counts = [f"{count} {kind.format('s' * (count > 1))}" for kind, count in kinds]
        hint = "; --hidden takes hidden ones" if self.left_out.keys() & {*_TAKEN_BY_OPTION} else ""
        return f"left out: {', '.join(counts)}{hint}" if counts else ""

    def _enters(self, name: str) -> bool:
        if self._hidden or not name.startswith("."):
            return True
        self.left_out[HIDDEN_FOLDER] += 1
        return False

    def _reason(self, path: str) -> str | None:
        """Return why a file is left out; None for a picture."""
        if not registry.is_picture_path(path):
            return UNKNOWN
        if _is_apple_double(path):
            return ATTRIBUTES
        if not self._hidden and os.path.basename(path).startswith("."):
            return HIDDEN
        if self._keeps_format and not registry.is_written_path(path):
            return ONLY_READ
        return LINK if not self._links and os.path.islink(path) else None


def _is_apple_double(path: str) -> bool:
    """Whether a file is ``._x.jpg``, the attributes of ``x.jpg`` that macOS adds to other disks."""
    if os.path.basename(path).startswith("._"):
        with suppress(OSError), open(path, "rb") as file:
            return file.read(4) == b"\0\5\x16\7"
    return False
