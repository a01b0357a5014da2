"""Read object files as LLVM emits them for Linux on x86-64: sections, symbols and relocations.

Names are those of the System V Application Binary Interface, chapter 4 (ELF), and its supplement
for AMD64.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

SHT_PROGBITS, SHT_SYMTAB, SHT_RELA, SHT_REL = 1, 2, 4, 9
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR, SHF_MERGE, SHF_STRINGS = 0x1, 0x2, 0x4, 0x10, 0x20
SHN_UNDEF = 0

_IDENTIFICATION = b"\x7fELF\2\1\1"  # 64 bits, little-endian
_ET_REL, _EM_X86_64 = 1, 62

_HEADER = struct.Struct("<16s2HI3QI6H")
_SECTION = struct.Struct("<2I4Q2I2Q")
_SYMBOL = struct.Struct("<I2BH2Q")
_RELOCATION = struct.Struct("<Q2Iq")


class Section(NamedTuple):
    """A section; ``link`` and ``info`` are the numbers of sections that belong to it."""

    name: str
    type: int
    flags: int
    alignment: int
    content: bytes
    link: int
    info: int


class Symbol(NamedTuple):
    """A name for an offset in the section of that number."""

    name: str
    section: int
    offset: int


class Relocation(NamedTuple):
    """An offset in a section where the place of ``symbol``, plus ``addend``, is to be written."""

    section: int
    offset: int
    type: int
    symbol: Symbol
    addend: int


class ObjectFile:
    """An object file. Raises ``NotImplementedError`` for another form or machine."""

    def __init__(self, data: bytes) -> None:
        if not data.startswith(_IDENTIFICATION) or len(data) < _HEADER.size:
            raise NotImplementedError("an object file that is not ELF with 64 bits")
        header = _HEADER.unpack_from(data)
        if header[1:3] != (_ET_REL, _EM_X86_64):
            raise NotImplementedError("an object file for another machine")
        start, count, names = header[6], header[12], header[13]
        rows = [_SECTION.unpack_from(data, start + n * _SECTION.size) for n in range(count)]
        strings = data[rows[names][4] :]
        self.sections = [
            Section(_text(strings, name), type, flags, alignment, data[at : at + size], link, info)
            for name, type, flags, _, at, size, link, info, alignment, _ in rows
        ]

    def symbol(self, name: str) -> Symbol:
        """Return the symbol of this name. Raises ``LookupError`` if there is none."""
        tables = [section for section in self.sections if section.type == SHT_SYMTAB]
        for symbol in (symbol for table in tables for symbol in self._symbols(table)):
            if symbol.name == name:
                return symbol
        raise LookupError(name)

    def _symbols(self, table: Section) -> list[Symbol]:
        strings = self.sections[table.link].content
        rows = _SYMBOL.iter_unpack(table.content)
        return [Symbol(_text(strings, name), home, at) for name, _, _, home, at, _ in rows]

    def relocations(self, section: int) -> Iterator[Relocation]:
        """Yield the relocations of the section of this number."""
        for table in self.sections:
            if table.info != section:
                continue
            if table.type == SHT_REL:
                raise NotImplementedError("addends that stand in the code")
            if table.type == SHT_RELA:
                symbols = self._symbols(self.sections[table.link])
                for offset, type, number, addend in _RELOCATION.iter_unpack(table.content):
                    yield Relocation(section, offset, type, symbols[number], addend)


def _text(strings: bytes, start: int) -> str:
    return strings[start : strings.index(b"\0", start)].decode()
