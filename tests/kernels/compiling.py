"""Triton kernels to machine code for cards that are not here."""

import importlib
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What a kernel takes on a card."""

    ptx: str
    registers: int
    spilled_bytes: int
    shared_bytes: int


def compiled_as_launched(kernel: Any, arguments: dict[str, str | int | float], capability: int) -> Compiled:
    """As Triton would for a launch with these arguments; pointers are given by type and are aligned.

    Whole numbers that are 1 become constants, and multiples of 16 are known to be such.
    """
    triton, backend, compiler = map(
        importlib.import_module, ("triton", "triton.backends.compiler", "triton.compiler")
    )
    signature, constants, attributes = {}, {}, {}
    for index, name in enumerate(kernel.arg_names):
        value = arguments[name]
        if name.isupper() or value == 1:
            signature[name], constants[name] = "constexpr", value
            continue
        signature[name] = {str: value, int: "i32", float: "fp32"}[type(value)]
        if isinstance(value, str) or (isinstance(value, int) and value % 16 == 0):
            attributes[(index,)] = [["tt.divisibility", 16]]
    source = compiler.ASTSource(kernel, signature, constants, attributes)
    target = backend.GPUTarget("cuda", capability, 32)
    made = triton.compile(source, target=target, options={"enable_fp_fusion": True})
    usage = _resource_usage(made.asm["cubin"])
    return Compiled(
        ptx=made.asm["ptx"],
        registers=usage["REG"],
        spilled_bytes=usage["LOCAL"] + usage["STACK"],
        shared_bytes=usage["SHARED"],
    )


def _resource_usage(cubin: bytes) -> dict[str, int]:
    """Asked of the tool that comes with Triton: `REG:56 STACK:0 SHARED:0 LOCAL:0 ...`."""
    tool = Path(str(importlib.import_module("triton").__file__)).parent / "backends/nvidia/bin/cuobjdump"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "kernel.cubin"
        file.write_bytes(cubin)
        command = [tool, "--dump-resource-usage", file]
        listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    words = listing.strip().splitlines()[-1].split()
    return {name: int(value) for name, _, value in (word.partition(":") for word in words)}
