"""The choice of a native kernel: where the tensors are on a GPU, Triton is there, and it computes rightly.

The kernels stand in `kernels/`, one folder each, and are read only when one is needed. Whatever
is in the way (no GPU, no Triton, a graph being traced, a wrong result) leaves the operation in
PyTorch, which computes the same.
"""

import importlib.util
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, ParamSpec, TypeVar

import torch
from torch import Tensor

logger = logging.getLogger(__name__)

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

SWITCH = "LIVEPORTRAIT_KERNELS"
"""An environment variable; `off` leaves everything in PyTorch."""

_PACKAGE = Path(__file__).parents[1]
_ROOTS = (_PACKAGE / "kernels", _PACKAGE.parent / "kernels")
"""In an installed package, and in a checkout."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NativeOperation(Generic[_Arguments, _Result]):
    """An operation with two forms: PyTorch's, which is the truth, and a kernel."""

    name: str
    """Of the kernel's function, which takes what the reference takes."""
    folder: str
    """Where it stands in `kernels/`."""
    reference: Callable[_Arguments, _Result]
    example: Callable[[torch.device], tuple[Any, ...]]
    """Small arguments, by position, for which both forms must agree."""
    tolerance: float
    """The largest difference between the two forms there."""

    def on(self, *tensors: Tensor) -> Callable[_Arguments, _Result]:
        """The form to take for these tensors."""
        if not all(tensor.is_cuda for tensor in tensors) or _is_recorded(tensors):
            return self.reference
        return _proven(self, tensors[0].device)


def _is_recorded(tensors: tuple[Tensor, ...]) -> bool:
    """Whether gradients are wanted or a graph is made: both need PyTorch's own operations."""
    wants_gradients = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors)
    is_traced = torch.jit.is_tracing()  # pyright: ignore[reportPrivateImportUsage]
    return wants_gradients or torch.compiler.is_compiling() or is_traced


@cache
def _proven(operation: NativeOperation[..., Any], device: torch.device) -> Callable[..., Any]:
    """The kernel if it agrees with the reference on this device; found out once in a process."""
    if os.environ.get(SWITCH) == "off" or importlib.util.find_spec("triton") is None:
        return operation.reference
    try:
        kernel = getattr(load_kernels(operation.folder), operation.name)
        difference = _difference(operation, kernel, device)
    except Exception as error:  # compilers and drivers fail in ways of their own
        logger.warning("The kernel %s fails on %s, so PyTorch computes it: %s", operation.name, device, error)
        return operation.reference
    if not difference <= operation.tolerance:
        logger.warning("The kernel %s is off by %.3g on %s: not used.", operation.name, difference, device)
        return operation.reference
    logger.info("The kernel %s computes on %s", operation.name, device)
    return kernel


@cache
def load_kernels(folder: str) -> ModuleType:
    """The kernels of one folder; needs Triton."""
    file = next(path for root in _ROOTS if (path := root / folder / "triton_kernel.py").is_file())
    spec = importlib.util.spec_from_file_location(f"liveportrait_kernels.{folder}", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@torch.inference_mode()
def _difference(
    operation: NativeOperation[..., Any], kernel: Callable[..., Any], device: torch.device
) -> float:
    """The largest between the two forms, over all results."""
    arguments = operation.example(device)
    found, wanted = (_tensors(form(*arguments)) for form in (kernel, operation.reference))
    differences = [(a.float() - b.float()).abs().max() for a, b in zip(found, wanted, strict=True)]
    return float(torch.stack(differences).max())


def _tensors(result: Any) -> tuple[Tensor, ...]:
    return (result,) if isinstance(result, Tensor) else tuple(result)
