"""Object files as LLVM emits them for Linux on x86-64: sections, symbols and relocations.

After "System V Application Binary Interface", chapter 4 (ELF), and its supplement for AMD64.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

# What a section is.
PROGRAM, SYMBOLS, RELOCATIONS, RELOCATIONS_IN_PLACE = 1, 2, 4, 9

# What its flags say: it can be written, has a place in memory, is code; equal parts of it may be
# merged, as may texts.
WRITABLE, IN_MEMORY, CODE, MERGEABLE, TEXTS = 0x1, 0x2, 0x4, 0x10, 0x20

# The section of a symbol that is defined elsewhere.
ELSEWHERE = 0

_FORM = b"\x7fELF\2\1\1"  # 64 bits, the lowest byte first

_RELOCATABLE, _X86_64 = 1, 62

_HEADER = struct.Struct("<16s2HI3QI6H")

_SECTION = struct.Struct("<2I4Q2I2Q")

_SYMBOL = struct.Struct("<I2BH2Q")

_RELOCATION = struct.Struct("<Q2Iq")


class Section(NamedTuple):
    """A part of the file; ``link`` and ``info`` are the numbers of others that belong to it."""

    name: str
    kind: int
    flags: int
    alignment: int
    content: bytes
    link: int
    info: int


class Symbol(NamedTuple):
    """A name for a place in a section."""

    name: str
    section: int
    place: int


class Relocation(NamedTuple):
    """Where in a section the place of a symbol, plus ``addend``, is to be written, and how."""

    section: int
    place: int
    kind: int
    symbol: Symbol
    addend: int


class ObjectFile:
    """An object file; raises ``NotImplementedError`` for one of another form or machine."""

    def __init__(self, data: bytes) -> None:
        if not data.startswith(_FORM) or len(data) < _HEADER.size:
            raise NotImplementedError("an object file that is not ELF with 64 bits")
        header = _HEADER.unpack_from(data)
        if header[1:3] != (_RELOCATABLE, _X86_64):
            raise NotImplementedError("an object file for another machine")
        start, count, names = header[6], header[12], header[13]
        rows = [_SECTION.unpack_from(data, start + n * _SECTION.size) for n in range(count)]
        spelled = data[rows[names][4] :]
        self.sections = [
            Section(_text(spelled, name), kind, flags, alignment, data[at : at + size], link, info)
            for name, kind, flags, _, at, size, link, info, alignment, _ in rows
        ]

    def symbols(self, table: Section) -> list[Symbol]:
        """The symbols of a table of them, in its order."""
        names = self.sections[table.link].content
        rows = _SYMBOL.iter_unpack(table.content)
        return [Symbol(_text(names, name), home, place) for name, _, _, home, place, _ in rows]

    def named(self, name: str) -> Symbol:
        """The symbol of this name; raises ``LookupError`` if there is none."""
        tables = [section for section in self.sections if section.kind == SYMBOLS]
        for symbol in (symbol for table in tables for symbol in self.symbols(table)):
            if symbol.name == name:
                return symbol
        raise LookupError(name)

    def relocations(self, section: int) -> Iterator[Relocation]:
        """What is to be written into the section of this number."""
        for table in self.sections:
            if table.info != section:
                continue
            if table.kind == RELOCATIONS_IN_PLACE:
                raise NotImplementedError("addends that stand in the code")
            if table.kind == RELOCATIONS:
                symbols = self.symbols(self.sections[table.link])
                for place, kind, number, addend in _RELOCATION.iter_unpack(table.content):
                    yield Relocation(section, place, kind, symbols[number], addend)


def _text(texts: bytes, start: int) -> str:
    return texts[start : texts.index(b"\0", start)].decode()
