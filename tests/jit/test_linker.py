"""The linker and the loader: flat code gives the same as object code that LLVM loads."""

from __future__ import annotations

import ctypes
import errno
import mmap
import platform
import struct
import sys
from typing import Any

import llvmlite.binding as llvm
import pytest

from imgconv.jit import linker, loader, object_code

pytestmark = pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"),
    reason="code is linked on Linux and x86-64 only",
)

FUNCTION = "run"

# Functions of an integer, by the feature that they need of the linker, and their values for 0..3.
PROGRAMS = {
    "nothing": ("define i64 @run(i64 %n) { ret i64 %n }", [0, 1, 2, 3]),
    "a table of constants": (
        """
        @table = internal constant [4 x i64] [i64 7, i64 5, i64 3, i64 2]
        define i64 @run(i64 %n) {
            %place = getelementptr [4 x i64], ptr @table, i64 0, i64 %n
            %value = load i64, ptr %place
            ret i64 %value
        }
        """,
        [7, 5, 3, 2],
    ),
    "a constant in memory": (
        """
        define i64 @run(i64 %n) {
            %real = uitofp i64 %n to double
            %product = fmul double %real, 2.5
            %value = fptoui double %product to i64
            ret i64 %value
        }
        """,
        [0, 2, 5, 7],
    ),
    "a table of addresses": (
        """
        @a = internal constant i64 11
        @b = internal constant i64 13
        @table = internal constant [4 x ptr] [ptr @b, ptr @a, ptr @a, ptr @b]
        define i64 @run(i64 %n) {
            %place = getelementptr [4 x ptr], ptr @table, i64 0, i64 %n
            %chosen = load ptr, ptr %place
            %value = load i64, ptr %chosen
            ret i64 %value
        }
        """,
        [13, 11, 11, 13],
    ),
    "a table of functions, one of the C library": (
        """
        declare ptr @memset(ptr, i32, i64)
        define internal ptr @ours(ptr %to, i32 %value, i64 %size) noinline {
            store i64 77, ptr %to
            ret ptr %to
        }
        @table = internal constant [2 x ptr] [ptr @memset, ptr @ours]
        define i64 @run(i64 %n) {
            %room = alloca i64
            %odd = and i64 %n, 1
            %place = getelementptr [2 x ptr], ptr @table, i64 0, i64 %odd
            %chosen = load ptr, ptr %place
            %done = call ptr %chosen(ptr %room, i32 1, i64 8)
            %value = load i64, ptr %room
            ret i64 %value
        }
        """,
        [0x0101010101010101, 77, 0x0101010101010101, 77],
    ),
    "a jump table": (
        """
        define i64 @run(i64 %n) {
            switch i64 %n, label %other [
                i64 0, label %a  i64 1, label %b  i64 2, label %c  i64 3, label %d  i64 4, label %e
            ]
            a: ret i64 31
            b: ret i64 7
            c: ret i64 111
            d: ret i64 5
            e: ret i64 1
            other: ret i64 0
        }
        """,
        [31, 7, 111, 5],
    ),
    "functions of the C library": (
        """
        declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
        declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
        declare void @llvm.memmove.p0.p0.i64(ptr, ptr, i64, i1)
        define i64 @run(i64 %n) {
            %from = alloca [64 x i8]
            %to = alloca [64 x i8]
            %more = add i64 %n, 8
            %byte = trunc i64 %more to i8
            call void @llvm.memset.p0.i64(ptr %from, i8 %byte, i64 %more, i1 false)
            call void @llvm.memcpy.p0.p0.i64(ptr %to, ptr %from, i64 %more, i1 false)
            %next = getelementptr i8, ptr %to, i64 1
            call void @llvm.memmove.p0.p0.i64(ptr %next, ptr %to, i64 %n, i1 false)
            %value = load i64, ptr %to
            ret i64 %value
        }
        """,
        [0x0101010101010101 * byte for byte in (8, 9, 10, 11)],
    ),
    "a second function": (
        """
        define internal i64 @other(i64 %n) noinline { %m = mul i64 %n, %n  ret i64 %m }
        define i64 @run(i64 %n) { %m = call i64 @other(i64 %n)  ret i64 %m }
        """,
        [0, 1, 4, 9],
    ),
}

# Features that only LLVM's loader supports, and the error of the linker.
UNSUPPORTED = {
    "a function of another library": (
        "declare i64 @unheard_of(i64)\n"
        "define i64 @run(i64 %n) { %m = call i64 @unheard_of(i64 %n)  ret i64 %m }",
        "unheard_of",
    ),
    "a variable of another library": (
        "@unheard_of = external global i64\n"
        "define i64 @run(i64 %n) { %m = load i64, ptr @unheard_of  ret i64 %m }",
        "unheard_of",
    ),
    "a variable that another library may define": (
        "@table = constant [4 x i64] [i64 7, i64 5, i64 3, i64 2]\n"
        "define i64 @run(i64 %n) {\n"
        "%place = getelementptr [4 x i64], ptr @table, i64 0, i64 %n\n"
        "%value = load i64, ptr %place  ret i64 %value }",
        "type 4[12]",
    ),
    "initialized variables": (
        "@count = global i64 1\ndefine i64 @run(i64 %n) { store i64 %n, ptr @count  ret i64 %n }",
        r"section \.data",
    ),
    "variables that are zero": (
        "@count = global i64 0\ndefine i64 @run(i64 %n) { store i64 %n, ptr @count  ret i64 %n }",
        r"section \.bss",
    ),
    "thread-local variables": (
        "@count = internal thread_local global i64 0\n"
        "define i64 @run(i64 %n) { store i64 %n, ptr @count  ret i64 %n }",
        r"section \.tbss",
    ),
    "constructors": (
        "define void @first() { ret void }\n"
        "@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }]"
        " [{ i32, ptr, ptr } { i32 65535, ptr @first, ptr null }]\n"
        "define i64 @run(i64 %n) { ret i64 %n }",
        r"section \.(init_array|ctors)",
    ),
}

PLAIN = PROGRAMS["nothing"][0]


def compiled(assembly: str, triple: str | None = None) -> bytes:
    """Object code for this machine, or for one that ``triple`` names."""
    machine = object_code.target_machine()
    if triple:
        llvm.initialize_all_targets()
        llvm.initialize_all_asmprinters()
        target = llvm.Target.from_triple(triple)
        machine = target.create_target_machine(reloc="pic", codemodel="small")
    module = llvm.parse_assembly(assembly)
    if triple:
        module.triple = triple
    return bytes(machine.emit_object(module))


def values(address: int) -> list[int]:
    """The values of the function at ``address`` for 0, 1, 2, 3."""
    function = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_uint64)(address)
    return [function(n) for n in range(4)]


@pytest.mark.parametrize("name", PROGRAMS)
def test_flat_code_gives_the_same_as_object_code(name: str) -> None:
    assembly, expected = PROGRAMS[name]
    code = compiled(assembly)
    assert values(object_code.address(code, FUNCTION)) == expected
    assert values(loader.load_flat(linker.link(code, FUNCTION))) == expected


def test_these_programs_need_all_types_of_relocations() -> None:
    types = set()
    for assembly, _ in PROGRAMS.values():
        sections = linker._sections(compiled(assembly))
        for table in sections:
            target = sections[table.info]
            is_loaded = target.flags & linker.SHF_ALLOC and target.name != ".eh_frame"
            if table.type == linker.SHT_RELA and is_loaded:
                types |= {type for _, type, *_ in struct.iter_unpack("<Q2Iq", table.content)}
    assert types == {1, 2, 4}


def test_flat_code_runs_at_any_address() -> None:
    flat = linker.link(compiled(PROGRAMS["a table of addresses"][0]), FUNCTION)
    addresses = {loader.load_flat(flat) for _ in range(3)}
    assert len(addresses) == 3
    assert [values(address) for address in addresses] == [PROGRAMS["a table of addresses"][1]] * 3


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_unsupported_features_are_not_linked(name: str) -> None:
    assembly, message = UNSUPPORTED[name]
    with pytest.raises(NotImplementedError, match=message):
        linker.link(compiled(assembly), FUNCTION)


@pytest.mark.parametrize(
    "triple", ["x86_64-pc-windows-msvc", "x86_64-apple-darwin", "i386-unknown-linux-gnu"]
)
def test_object_files_of_other_systems_are_not_linked(triple: str) -> None:
    with pytest.raises(NotImplementedError, match="an object file"):
        linker.link(compiled(PLAIN, triple), FUNCTION)


def changed(code: bytes, form: str, place: int, value: int) -> bytes:
    """``code`` with another number at the offset ``place``."""
    data = bytearray(code)
    struct.pack_into(form, data, place, value)
    return bytes(data)


def test_object_files_of_other_machines_are_not_linked() -> None:
    machine, kind = 18, 16
    for place, value in ((machine, 183), (kind, 3)):
        with pytest.raises(NotImplementedError, match="another machine"):
            linker.link(changed(compiled(PLAIN), "<H", place, value), FUNCTION)


def test_relocations_of_other_types_are_not_linked() -> None:
    code = compiled(PROGRAMS["a table of constants"][0])
    place, table = relocations_of_code(code)
    for type in {*range(50)} - {1, 2, 4}:
        with pytest.raises(NotImplementedError, match=f"type {type}$"):
            linker.link(changed(code, "<I", table + 8, type), FUNCTION)
    with pytest.raises(NotImplementedError, match="addends"):
        linker.link(changed(code, "<I", place + 4, linker.SHT_REL), FUNCTION)


def relocations_of_code(data: bytes) -> tuple[int, int]:
    """The offsets of the header and the content of the section of the code's relocations."""
    start, *_ = struct.unpack_from("<Q", data, 40)
    sections = list(struct.iter_unpack("<2I4Q2I2Q", data[start:]))
    found = (
        (start + number * 64, section[4])
        for number, section in enumerate(sections)
        if section[1] == linker.SHT_RELA and sections[section[7]][2] & linker.SHF_EXECINSTR
    )
    return next(found)


def test_a_missing_function_is_an_error() -> None:
    with pytest.raises(LookupError, match="another"):
        linker.link(compiled(PLAIN), "another")


def test_memory_that_cannot_be_made_executable_is_an_error(monkeypatch: Any) -> None:
    flat = linker.link(compiled(PLAIN), FUNCTION)
    monkeypatch.setattr(mmap, "PROT_EXEC", 1 << 30)  # unknown to every system
    monkeypatch.setattr(loader, "_MAP_FIXED", 15)  # an unknown type of mapping
    with pytest.raises(OSError, match="Invalid") as raised:
        loader.load_flat(flat)
    assert raised.value.errno == errno.EINVAL
