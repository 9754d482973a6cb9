"""PyTorch's own compiler as an engine: a network becomes C++ on a CPU, Triton kernels on a GPU.

Compilation takes a minute or more for a model, so `auto` leaves it alone. PyTorch keeps what it compiled.
"""

import importlib.util
import os
import shutil
import sys
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from liveportrait.engines.protocol import Signature, deliver
from liveportrait.engines.single_items import item_by_item
from liveportrait.engines.torch_engine import by_name, own_copy


class CompiledTorchEngine:
    """Runs a module as one compiled piece, picture by picture: another batch would be compiled again."""

    def __init__(
        self, module: nn.Module, signature: Signature, *, device: torch.device, backend: str = "inductor"
    ) -> None:
        """`backend`: PyTorch's name of a compiler."""
        self._signature = signature
        self._device = device
        self._module = own_copy(module, device)
        # A network that falls into pieces would silently lose what compilation gains: it is refused.
        self._module.compile(fullgraph=True, dynamic=False, backend=backend)

    @property
    def signature(self) -> Signature:
        return self._signature

    @property
    def device(self) -> torch.device:
        return self._device

    @torch.inference_mode()
    def __call__(
        self, inputs: Mapping[str, Tensor], *, outputs: Mapping[str, Tensor] | None = None
    ) -> dict[str, Tensor]:
        return deliver(item_by_item(self._run, self._signature, inputs), outputs)

    def close(self) -> None:
        """Nothing is held but memory."""

    def _run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        # Strides are compiled in, as shapes are.
        ordered = (value.contiguous() for value in self._signature.in_order(inputs))
        return by_name(self._signature, self._module(*ordered))


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
