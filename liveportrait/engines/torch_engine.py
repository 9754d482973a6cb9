"""PyTorch as an engine: the reference that the others are compared with, on any device."""

import copy
from collections.abc import Callable, Mapping
from typing import TypeAlias

import torch
from torch import Tensor, nn

from liveportrait.engines.protocol import Signature, deliver

Run: TypeAlias = Callable[[Mapping[str, Tensor]], dict[str, Tensor]]
"""From inputs by name to outputs by name, which live until the next call."""

Way: TypeAlias = Callable[[nn.Module, Signature, torch.device], Run]
"""How PyTorch runs a module; it may change the module, which is the engine's own."""


def eagerly(module: nn.Module, signature: Signature, _device: torch.device) -> Run:
    """Operation by operation, in batches of any size."""
    return lambda inputs: by_name(signature, module(*signature.in_order(inputs)))


class TorchEngine:
    """Runs a module as it is, in one of PyTorch's ways; its precision is that of its weights and casts."""

    def __init__(
        self, module: nn.Module, signature: Signature, *, device: torch.device, way: Way = eagerly
    ) -> None:
        self._signature = signature
        self._device = device
        self._run = way(own_copy(module, device), signature, device)

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
        return deliver(self._run(inputs), outputs)

    def close(self) -> None:
        """Nothing is held but memory."""


def own_copy(module: nn.Module, device: torch.device) -> nn.Module:
    """As it runs fastest on a device; the caller's module stays where and as it is."""
    copied = copy.deepcopy(module).eval().requires_grad_(requires_grad=False).to(device)
    for layer in copied.modules():
        if isinstance(layer, nn.Conv2d):
            layer.weight.data = layer.weight.data.contiguous(memory_format=torch.channels_last)
    return copied


def by_name(signature: Signature, results: Tensor | tuple[Tensor, ...]) -> dict[str, Tensor]:
    """What a module returned; the small networks return one tensor alone."""
    ordered = (results,) if isinstance(results, Tensor) else results
    return dict(zip(signature.output_names, ordered, strict=True))
