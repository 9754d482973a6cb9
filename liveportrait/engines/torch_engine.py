"""PyTorch as an engine: the reference that the others are compared with, on any device."""

import copy
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from liveportrait.engines.protocol import Signature, deliver


class TorchEngine:
    """Runs a module eagerly, as it is; its precision is that of its weights and its own casts."""

    def __init__(self, module: nn.Module, signature: Signature, *, device: torch.device) -> None:
        self._signature = signature
        self._device = device
        # A copy: the caller's module stays on its device.
        self._module = copy.deepcopy(module).eval().requires_grad_(requires_grad=False).to(device)
        for layer in self._module.modules():
            if isinstance(layer, nn.Conv2d):
                layer.weight.data = layer.weight.data.contiguous(memory_format=torch.channels_last)

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
        results = self._module(*self._signature.in_order(inputs))
        if isinstance(results, Tensor):
            results = (results,)
        return deliver(dict(zip(self._signature.output_names, results, strict=True)), outputs)

    def close(self) -> None:
        """Nothing is held but memory."""
