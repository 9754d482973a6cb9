"""PyTorch's own compiler: a network becomes C++ on a CPU, Triton kernels on a GPU.

Compilation takes a minute or more for a model, so `auto` leaves it alone. PyTorch keeps what it compiled.
"""

import importlib.util
import os
import shutil
import sys
from collections.abc import Mapping
from functools import partial

import torch
from torch import Tensor, nn

from liveportrait.engines.protocol import Signature
from liveportrait.engines.single_items import item_by_item
from liveportrait.engines.torch_engine import Run, by_name


def compiled(
    module: nn.Module, signature: Signature, _device: torch.device, *, backend: str = "inductor"
) -> Run:
    """As one compiled piece, picture by picture: another batch would be compiled again.

    `backend`: PyTorch's name of a compiler.
    """
    # A network that falls into pieces would silently lose what compilation gains: it is refused.
    module.compile(fullgraph=True, dynamic=False, backend=backend)

    def run(item: Mapping[str, Tensor]) -> dict[str, Tensor]:
        # Strides are compiled in, as shapes are.
        return by_name(signature, module(*(value.contiguous() for value in signature.in_order(item))))

    return partial(item_by_item, run, signature)


def why_no_compiler(device: torch.device) -> str | None:
    """Why nothing can be compiled for a device; None if it can be tried."""
    if device.type == "cuda":
        has_triton = importlib.util.find_spec("triton") is not None
        return None if has_triton else "it compiles with Triton, which is not installed; pip install triton."
    if device.type != "cpu":
        return f"it runs on the CPU and on CUDA here, not on {device}; choose device cpu."
    compiler = os.environ.get("CXX", _COMPILERS.get(sys.platform, "g++"))
    if shutil.which(compiler) is None:
        return f"it needs a C++ compiler, and {compiler} is not found; install it, or name yours in CXX."
    return None


_COMPILERS = {"darwin": "clang++", "win32": "cl"}
"""What PyTorch calls where CXX is not set; elsewhere g++."""
