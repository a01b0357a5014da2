"""Linking: the sections of an object file become one piece of flat code.

This is done once, when a loop is compiled. The sections are laid one after the other, and what they
say of each other's places is written down, relative to where it stands; the few words that need an
address are left to whoever loads the code. Functions of C are called through a slot each:

    slot:  jmp  *word        word:  the address of the function

Anything that is not known here raises ``NotImplementedError``: LLVM's own loader knows it all.
"""

from __future__ import annotations

import struct

from imgconv.jit import elf, loader

# How the place S of a symbol and the addend A are written at the place P.
_ADDRESS = 1  # S + A, in 64 bits

_DISTANCE = 2  # S + A - P, in 32 bits

_CALL = 4  # the same, through a slot if need be

# What LLVM makes calls of by itself, and where code goes that cannot be reached.
_FUNCTIONS_OF_C = {"abort", "memcpy", "memmove", "memset"}

_JUMP = b"\xff\x25\2\0\0\0\x66\x90"  # to what the word behind it says

_SLOT = _JUMP + bytes(8)

_LINE = 16

_UNWINDING = ".eh_frame"  # for exceptions, which loops do not raise

_WRITTEN_ONCE = ".data.rel.ro"

_USUAL = elf.IN_MEMORY | elf.CODE | elf.MERGEABLE | elf.TEXTS


def link(code: bytes, function: str) -> bytes:
    """Flat code of the object file ``code``, of which ``function`` will be called."""
    linker = _Linker(elf.ObjectFile(code))
    for number in linker.places:
        for relocation in linker.file.relocations(number):
            linker.relocate(relocation)
    entry = linker.place(linker.file.named(function))
    return loader.pack(bytes(linker.image), entry, linker.own, linker.foreign)


class _Linker:
    """An object file that is being put together: its image, and where in it all lies."""

    def __init__(self, file: elf.ObjectFile) -> None:
        self.file = file
        self.image = bytearray()
        self.own: list[int] = []
        self.foreign: list[tuple[int, str]] = []
        self.places = {
            number: self._append(section.content, section.alignment)
            for number, section in enumerate(file.sections)
            if _is_needed(section)
        }
        self._slots: dict[str, int] = {}

    def _append(self, content: bytes, alignment: int) -> int:
        """Lay ``content`` behind all that is there; gives its place."""
        self.image += bytes(-len(self.image) % max(alignment, 1))
        self.image += content
        return len(self.image) - len(content)

    def relocate(self, relocation: elf.Relocation) -> None:
        """Write what ``relocation`` says."""
        place = self.places[relocation.section] + relocation.place
        value = self.place(relocation.symbol) + relocation.addend
        if relocation.kind == _ADDRESS:
            struct.pack_into("<q", self.image, place, value)
            self.own.append(place)
        elif relocation.kind in (_DISTANCE, _CALL):
            struct.pack_into("<i", self.image, place, value - place)
        else:
            raise NotImplementedError(f"a relocation of kind {relocation.kind}")

    def place(self, symbol: elf.Symbol) -> int:
        """Where ``symbol`` lies in the image."""
        if symbol.section in self.places:
            return self.places[symbol.section] + symbol.place
        if symbol.section == elf.ELSEWHERE and symbol.name in _FUNCTIONS_OF_C:
            return self._slot(symbol.name)
        raise NotImplementedError(f"the symbol {symbol.name}")

    def _slot(self, name: str) -> int:
        if name not in self._slots:
            self._slots[name] = self._append(_SLOT, _LINE)
            self.foreign.append((self._slots[name] + len(_JUMP), name))
        return self._slots[name]


def _is_needed(section: elf.Section) -> bool:
    """Whether code runs or reads ``section``."""
    if not section.flags & elf.IN_MEMORY or section.name == _UNWINDING:
        return False
    usual = _USUAL | (elf.WRITABLE if section.name.startswith(_WRITTEN_ONCE) else 0)
    if section.kind != elf.PROGRAM or section.flags & ~usual:
        raise NotImplementedError(f"the section {section.name}")
    return True
