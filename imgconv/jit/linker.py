"""Link the sections of an object file into one piece of flat code, once, when it is compiled.

Without it, since November 2026, a replayed run would take 1.31 times as long and 74 MB of memory
instead of 21 MB, because llvmlite would have to load its code. Object files are ELF for x86-64;
anything else raises ``NotImplementedError``, and llvmlite loads it. Names are as in the System V
Application Binary Interface, chapter 4, and its supplement for AMD64.
"""

import struct
from typing import NamedTuple

from imgconv.jit import loader

_IDENTIFICATION = b"\x7fELF\2\1\1"  # 64 bits, little-endian
_ET_REL, _EM_X86_64 = 1, 62

SHT_PROGBITS, SHT_SYMTAB, SHT_RELA, SHT_REL = 1, 2, 4, 9
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR, SHF_MERGE, SHF_STRINGS = 0x1, 0x2, 0x4, 0x10, 0x20
_SHN_UNDEF = 0

_HEADER = struct.Struct("<16s2HI3QI6H")
_SECTION = struct.Struct("<2I4Q2I2Q")
_SYMBOL = struct.Struct("<I2BH2Q")
_RELOCATION = struct.Struct("<Q2Iq")

# Types of relocations, by symbol S, addend A and the relocated place P.
_R_X86_64_64 = 1  # S + A, in 64 bits
_R_X86_64_PC32 = 2  # S + A - P, in 32 bits
_R_X86_64_PLT32 = 4  # the same, through the procedure linkage table if need be

_UNWINDING = ".eh_frame"  # for exceptions, which loops do not raise
_RELOCATED_ONCE = ".data.rel.ro"
_FLAGS = SHF_ALLOC | SHF_EXECINSTR | SHF_MERGE | SHF_STRINGS

# LLVM calls these functions of the C library by itself, abort where code cannot be reached.
_C_FUNCTIONS = {"abort", "memcpy", "memmove", "memset"}

# An entry of the procedure linkage table: a jump to the address that the loader puts behind it.
_JUMP = b"\xff\x25\2\0\0\0\x66\x90"
_PLT_ENTRY = _JUMP + bytes(8)
_PLT_ALIGNMENT = 16


class _Section(NamedTuple):
    """A section; ``link`` and ``info`` are the numbers of sections that belong to it."""

    name: str
    type: int
    flags: int
    alignment: int
    content: bytes
    link: int
    info: int


class _Symbol(NamedTuple):
    """A name for an offset in the section of that number."""

    name: str
    section: int
    offset: int


def link(code: bytes, function: str) -> bytes:
    """Return flat code of an object file; ``function`` names the symbol to call."""
    linker = _Linker(_sections(code))
    linker.relocate()
    return loader.pack(
        bytes(linker.image), linker.entry(function), linker.relocations, linker.imports
    )


def _sections(data: bytes) -> list[_Section]:
    if not data.startswith(_IDENTIFICATION) or len(data) < _HEADER.size:
        raise NotImplementedError("an object file that is not ELF with 64 bits")
    header = _HEADER.unpack_from(data)
    if header[1:3] != (_ET_REL, _EM_X86_64):
        raise NotImplementedError("an object file for another machine")
    start, count, names = header[6], header[12], header[13]
    rows = [_SECTION.unpack_from(data, start + n * _SECTION.size) for n in range(count)]
    strings = data[rows[names][4] :]
    return [
        _Section(_text(strings, name), type, flags, alignment, data[at : at + size], link, info)
        for name, type, flags, _, at, size, link, info, alignment, _ in rows
    ]


def _text(strings: bytes, start: int) -> str:
    return strings[start : strings.index(b"\0", start)].decode()


def _is_needed(section: _Section) -> bool:
    if not section.flags & SHF_ALLOC or section.name == _UNWINDING:
        return False
    allowed = _FLAGS | (SHF_WRITE if section.name.startswith(_RELOCATED_ONCE) else 0)
    if section.type != SHT_PROGBITS or section.flags & ~allowed:
        raise NotImplementedError(f"the section {section.name}")
    return True


class _Linker:
    """The image of an object file: its needed sections, then a procedure linkage table."""

    def __init__(self, sections: list[_Section]) -> None:
        self.image = bytearray()
        self.relocations: list[int] = []
        self.imports: list[tuple[int, str]] = []
        self._sections = sections
        self._offsets = {
            number: self._append(section.content, section.alignment)
            for number, section in enumerate(sections)
            if _is_needed(section)
        }
        self._plt: dict[str, int] = {}

    def _append(self, content: bytes, alignment: int) -> int:
        self.image += bytes(-len(self.image) % max(alignment, 1))
        self.image += content
        return len(self.image) - len(content)

    def entry(self, function: str) -> int:
        """Return the offset of a function in the image. Raises ``LookupError`` if it is missing."""
        for section in self._sections:
            if section.type == SHT_SYMTAB:
                for symbol in self._symbols(section):
                    if symbol.name == function:
                        return self._offset(symbol)
        raise LookupError(function)

    def relocate(self) -> None:
        """Write the distances between sections into the image; addresses are left to the loader."""
        for table in self._sections:
            if table.info not in self._offsets:
                continue
            if table.type == SHT_REL:
                raise NotImplementedError("addends that stand in the code")
            if table.type == SHT_RELA:
                symbols = self._symbols(self._sections[table.link])
                for offset, type, number, addend in _RELOCATION.iter_unpack(table.content):
                    value = self._offset(symbols[number]) + addend
                    self._write(self._offsets[table.info] + offset, type, value)

    def _symbols(self, table: _Section) -> list[_Symbol]:
        strings = self._sections[table.link].content
        rows = _SYMBOL.iter_unpack(table.content)
        return [_Symbol(_text(strings, name), home, at) for name, _, _, home, at, _ in rows]

    def _offset(self, symbol: _Symbol) -> int:
        if symbol.section in self._offsets:
            return self._offsets[symbol.section] + symbol.offset
        if symbol.section == _SHN_UNDEF and symbol.name in _C_FUNCTIONS:
            return self._plt_entry(symbol.name)
        raise NotImplementedError(f"the symbol {symbol.name}")

    def _plt_entry(self, name: str) -> int:
        if name not in self._plt:
            self._plt[name] = self._append(_PLT_ENTRY, _PLT_ALIGNMENT)
            self.imports.append((self._plt[name] + len(_JUMP), name))
        return self._plt[name]

    def _write(self, offset: int, type: int, value: int) -> None:
        if type == _R_X86_64_64:
            struct.pack_into("<q", self.image, offset, value)
            self.relocations.append(offset)
        elif type in (_R_X86_64_PC32, _R_X86_64_PLT32):
            struct.pack_into("<i", self.image, offset, value - offset)
        else:
            raise NotImplementedError(f"relocations of type {type}")
