"""Link the sections of an object file into one piece of flat code.

Without it, since November 2026, a replayed run would take 1.31 times as long and 74 MB of memory
instead of 21 MB, because llvmlite would have to load its code.

A loop is linked once, when it is compiled. Sections are laid one behind the other, and distances
between them are written into the code; addresses are left to ``jit/loader.py``. Functions of the C
library are called through an entry each of a procedure linkage table:

    entry:  jmp  *word        word:  the address of the function

Anything else raises ``NotImplementedError``: llvmlite loads that object code.
"""

from __future__ import annotations

import struct

from imgconv.jit import elf, loader

# Types of relocations, by symbol S, addend A and the relocated place P.
_R_X86_64_64 = 1  # S + A, in 64 bits
_R_X86_64_PC32 = 2  # S + A - P, in 32 bits
_R_X86_64_PLT32 = 4  # the same, through the procedure linkage table if need be

# LLVM calls these by itself, abort where code cannot be reached.
_C_FUNCTIONS = {"abort", "memcpy", "memmove", "memset"}

_JUMP = b"\xff\x25\2\0\0\0\x66\x90"  # to the address in the word behind it
_PLT_ENTRY = _JUMP + bytes(8)
_PLT_ALIGNMENT = 16

_UNWINDING = ".eh_frame"  # for exceptions, which loops do not raise
_RELOCATED_ONCE = ".data.rel.ro"
_FLAGS = elf.SHF_ALLOC | elf.SHF_EXECINSTR | elf.SHF_MERGE | elf.SHF_STRINGS


def link(code: bytes, function: str) -> bytes:
    """Return flat code of an object file; ``function`` names the symbol to call."""
    linker = _Linker(elf.ObjectFile(code))
    for number in linker.offsets:
        for relocation in linker.file.relocations(number):
            linker.relocate(relocation)
    entry = linker.offset(linker.file.symbol(function))
    return loader.pack(bytes(linker.image), entry, linker.relocations, linker.imports)


class _Linker:
    """The image of an object file, and the offsets of its sections in there."""

    def __init__(self, file: elf.ObjectFile) -> None:
        self.file = file
        self.image = bytearray()
        self.relocations: list[int] = []
        self.imports: list[tuple[int, str]] = []
        self.offsets = {
            number: self._append(section.content, section.alignment)
            for number, section in enumerate(file.sections)
            if _is_needed(section)
        }
        self._plt: dict[str, int] = {}

    def _append(self, content: bytes, alignment: int) -> int:
        self.image += bytes(-len(self.image) % max(alignment, 1))
        self.image += content
        return len(self.image) - len(content)

    def relocate(self, relocation: elf.Relocation) -> None:
        """Write the value of a relocation."""
        offset = self.offsets[relocation.section] + relocation.offset
        value = self.offset(relocation.symbol) + relocation.addend
        if relocation.type == _R_X86_64_64:
            struct.pack_into("<q", self.image, offset, value)
            self.relocations.append(offset)
        elif relocation.type in (_R_X86_64_PC32, _R_X86_64_PLT32):
            struct.pack_into("<i", self.image, offset, value - offset)
        else:
            raise NotImplementedError(f"relocations of type {relocation.type}")

    def offset(self, symbol: elf.Symbol) -> int:
        """Return the offset of a symbol in the image."""
        if symbol.section in self.offsets:
            return self.offsets[symbol.section] + symbol.offset
        if symbol.section == elf.SHN_UNDEF and symbol.name in _C_FUNCTIONS:
            return self._plt_entry(symbol.name)
        raise NotImplementedError(f"the symbol {symbol.name}")

    def _plt_entry(self, name: str) -> int:
        if name not in self._plt:
            self._plt[name] = self._append(_PLT_ENTRY, _PLT_ALIGNMENT)
            self.imports.append((self._plt[name] + len(_JUMP), name))
        return self._plt[name]


def _is_needed(section: elf.Section) -> bool:
    """Return whether code runs or reads ``section``."""
    if not section.flags & elf.SHF_ALLOC or section.name == _UNWINDING:
        return False
    allowed = _FLAGS | (elf.SHF_WRITE if section.name.startswith(_RELOCATED_ONCE) else 0)
    if section.type != elf.SHT_PROGBITS or section.flags & ~allowed:
        raise NotImplementedError(f"the section {section.name}")
    return True
