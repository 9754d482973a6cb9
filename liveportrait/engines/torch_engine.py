"""PyTorch as an engine: the reference that the others are compared with, on any device."""

import copy
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn

from liveportrait.engines.protocol import Precision, Signature, deliver

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}

_FEATURE_LAYERS = (nn.Conv2d, nn.Conv3d, nn.Linear)
"""They compute in the engine's precision; the rest decides by itself, mostly for fp32."""


class TorchEngine:
    """Runs a module eagerly.

    Lower precision is autocast, which keeps norms and softmax in fp32, over weights that
    are cast once. The networks themselves keep their coordinates in fp32.
    """

    def __init__(
        self, module: nn.Module, signature: Signature, *, precision: Precision, device: torch.device
    ) -> None:
        self._signature = signature
        self._device = device
        self._precision: Precision = precision
        self._module = _ready_module(module, precision=precision, device=device)

    @property
    def signature(self) -> Signature:
        return self._signature

    @property
    def device(self) -> torch.device:
        return self._device

    def __call__(
        self, inputs: Mapping[str, Tensor], *, outputs: Mapping[str, Tensor] | None = None
    ) -> dict[str, Tensor]:
        with torch.inference_mode(), self._casting():
            results = self._module(*self._signature.in_order(inputs))
            if isinstance(results, Tensor):
                results = (results,)
            named = zip(self._signature.output_names, results, strict=True)
            return deliver({name: result.float() for name, result in named}, outputs)

    def close(self) -> None:
        """Nothing is held but memory."""

    def _casting(self) -> AbstractContextManager[object]:
        if self._precision == "fp32":
            return nullcontext()
        return torch.autocast(self._device.type, DTYPES[self._precision])


def _ready_module(module: nn.Module, *, precision: Precision, device: torch.device) -> nn.Module:
    """A copy for inference; the caller's module and its weights stay as they are."""
    copied = copy.deepcopy(module).eval().requires_grad_(requires_grad=False)
    for layer in copied.modules():
        if isinstance(layer, _FEATURE_LAYERS):
            layer.to(DTYPES[precision])
        if isinstance(layer, nn.Conv2d):
            layer.weight.data = layer.weight.data.contiguous(memory_format=torch.channels_last)
    return copied.to(device)
