"""Names of outputs with fields in braces, as in ``out/{name}-soft.webp``."""

import os
import re

from imgconv.batch.task import Found
from imgconv.errors import UsageError
from imgconv.formats import registry
from imgconv.formats.registry import FormatRow

FIELDS = {
    "name": "its name without the ending",
    "ext": "its ending without the dot, or that of --format",
    "folder": "its folder below INPUT, or . for INPUT itself",
    "parent": "the path of its folder",
    "number": "its number, from 1; {number:03} has three digits",
}

# The form of a number: its least digits, with a leading 0.
_DIGITS = r"(0?\d)?"


class NameTemplate:
    """A template of output names; raises ``UsageError`` for an unknown field.

    ``folder`` is the folder before the first field, "" if there is none.
    """

    def __init__(self, text: str, adds_suffix: bool = False) -> None:
        from string import Formatter  # 1 ms, which a start without a template saves

        self._text, self.adds_suffix = text, adds_suffix
        try:
            parsed = [*Formatter().parse(text)]
        except ValueError as error:
            raise UsageError(f"'{text}' has an odd brace", _REMEDY) from error
        fields = [field for field in parsed if field[1] is not None]
        for _, name, form, conversion in fields:
            if name not in FIELDS or conversion:
                raise UsageError(f"'{text}' has an unknown field '{{{name}}}'", _REMEDY)
            if form and (name != "number" or not re.fullmatch(_DIGITS, form)):
                raise UsageError(f"'{{{name}:{form}}}' has no such form", "write {number:03}")
        self.has_fields = bool(fields)
        literal = parsed[0][0] if parsed else ""
        self.folder = os.path.dirname(literal)
        if self.has_fields and os.pardir in text[len(literal) :].split(os.sep):
            raise UsageError(f"'{text}' leaves a folder by ..", "name folders before the fields")

    @property
    def literal(self) -> str:
        """The path that a template without fields names."""
        return self._text.format()

    @classmethod
    def with_suffix(cls, suffix: str, folder: str | None) -> "NameTemplate":
        """Return the template that adds ``suffix`` to names; without a folder, beside the input."""
        if os.sep in suffix:
            raise UsageError(f"the suffix '{suffix}' has a slash", "name a folder as OUTPUT")
        if registry.is_picture_path(f"name{suffix}"):
            remedy = "leave the ending out, and give --format for another one"
            raise UsageError(f"the suffix '{suffix}' has an ending", remedy)
        below = "{parent}" if folder is None else os.path.join(_escaped(folder), "{folder}")
        return cls(f"{below}/{{name}}{_escaped(suffix)}.{{ext}}", adds_suffix=True)

    def folder_for(self, found: Found) -> str:
        """Return the folder that the output of a picture must not leave."""
        if self._text.startswith("{parent}"):
            return os.path.dirname(found.path) or os.curdir
        return self.folder or os.curdir

    def fill(self, found: Found, number: int, format: FormatRow | None) -> str:
        """Return the path of the output of a picture."""
        folder, file = os.path.split(found.relative)
        suffix = registry.suffix_of(file)
        ending = file[len(file) - len(suffix) :]
        if format is not None and suffix not in format.suffixes:
            ending = format.suffixes[0]
        path = self._text.format(
            name=file[: len(file) - len(suffix)],
            ext=ending[1:],
            folder=folder or os.curdir,
            parent=os.path.dirname(found.path) or os.curdir,
            number=number,
        )
        here = os.path.join(os.curdir, "")
        return path.replace(f"{os.sep}{here}", os.sep).removeprefix(here)


_REMEDY = f"fields are {', '.join(f'{{{name}}}' for name in FIELDS)}; {{{{ and }}}} are braces"


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
