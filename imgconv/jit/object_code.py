"""Emit object code by llvmlite, and load it where ``jit/linker.py`` cannot link it."""

import ctypes
from functools import cache
from typing import Any

import llvmlite.binding as llvm

from imgconv.jit.toolchain import named_target

# Numba's code names this function for arrays that own their memory, which arrays of loops never do.
_NEVER_CALLED = "NRT_MemInfo_call_dtor"


@cache
def target_machine() -> Any:
    """Return LLVM's target machine for the processor that Numba compiles for."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    cpu, features = named_target() or processor()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=cpu, features=features, opt=3, reloc="pic", codemodel="small", jit=True
    )


def processor() -> tuple[str, str]:
    """Return LLVM's name of the processor, and its features."""
    return str(llvm.get_host_cpu_name()), str(llvm.get_host_cpu_features().flatten())


def emit(assembly: str, function: str, symbol: str) -> bytes:
    """Return object code of a function of an LLVM module, visible as ``symbol``, with its callees.

    Raises ``RuntimeError`` if it needs Numba at run time.
    """
    module = llvm.parse_assembly(assembly)
    for other in module.functions:
        if not other.is_declaration and other.name != function:
            other.linkage = "internal"
    module.get_function(function).name = symbol
    options = llvm.create_pipeline_tuning_options(speed_level=0)
    passes = llvm.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(module, llvm.create_pass_builder(target_machine(), options))
    process = ctypes.CDLL(None)
    for other in module.functions:
        if other.name == _NEVER_CALLED:
            other.name = "abort"
        is_known = other.name.startswith("llvm.") or hasattr(process, other.name)
        if other.is_declaration and not is_known:
            raise RuntimeError(f"the loop needs {other.name} of Numba")
    return bytes(target_machine().emit_object(module))


def address(data: bytes, symbol: str) -> int:
    """Load object code; return the address of the function ``symbol``."""
    engine = _engine()
    engine.add_object_file(llvm.ObjectFileRef.from_data(data))
    engine.finalize_object()
    return int(engine.get_function_address(symbol))


@cache
def _engine() -> Any:
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine())
