"""All engines, one row each: what opens it, and why it cannot be had."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import nn

from liveportrait.engines.config import has_fast_bf16
from liveportrait.engines.protocol import Engine, EngineName, Precision, Signature
from liveportrait.engines.torch_engine import TorchEngine


@runtime_checkable
class OpenEngine(Protocol):
    """Opens one network on an engine that is there."""

    def __call__(
        self,
        module: nn.Module,
        signature: Signature,
        *,
        precision: Precision,
        device: torch.device,
        num_threads: int | None,
    ) -> Engine: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineKind:
    """A row of the catalogue."""

    name: EngineName
    open: OpenEngine
    why_not: Callable[[torch.device], str | None]
    """Why it cannot run on a device and what to do about it, in one sentence; None if it can."""
    precisions: Callable[[torch.device], tuple[Precision, ...]]
    """What it computes in on a device, the fastest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStatus:
    """What `doctor` tells of an engine."""

    name: EngineName
    device: torch.device
    why_not: str | None
    """None: it can be had."""
    precisions: tuple[Precision, ...]


def available_engines(device: torch.device) -> tuple[EngineStatus, ...]:
    """Every engine, those that `auto` prefers on this device first."""
    return tuple(
        EngineStatus(
            name=kind.name,
            device=device,
            why_not=(why_not := kind.why_not(device)),
            precisions=() if why_not else kind.precisions(device),
        )
        for kind in ENGINE_KINDS
    )


def _open_torch(
    module: nn.Module,
    signature: Signature,
    *,
    precision: Precision,
    device: torch.device,
    num_threads: int | None,
) -> Engine:
    if num_threads is not None:
        torch.set_num_threads(num_threads)
    return TorchEngine(module, signature, precision=precision, device=device)


def _torch_precisions(device: torch.device) -> tuple[Precision, ...]:
    match device.type:
        case "cuda":
            return ("fp16", "bf16", "fp32") if has_fast_bf16(device) else ("fp16", "fp32")
        case "mps":
            return ("fp32", "fp16")
        case _:
            return ("bf16", "fp32") if has_fast_bf16(device) else ("fp32",)


ENGINE_KINDS: tuple[EngineKind, ...] = (
    EngineKind(name="torch", open=_open_torch, why_not=lambda _device: None, precisions=_torch_precisions),
)
"""In the order in which `auto` tries them."""
