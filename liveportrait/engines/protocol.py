"""What every engine is: tensors by name in, tensors by name out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import torch
from torch import Tensor

EngineName = Literal[
    "torch", "onnxruntime", "openvino", "tensorrt-rtx", "tensorrt", "torch-compiled", "torch-cuda-graphs"
]

Precision = Literal["fp32", "bf16", "fp16"]
"""Of features and weights; coordinates, statistics of norms and softmax stay in fp32."""

ExportPrecision = Literal["fp32", "fp16", "bf16", "int8", "fp8"]
"""Of features and weights in an exported graph. Motion, coordinates, statistics of norms, softmax and all
inputs and outputs are fp32 in each. int8 and fp8 are those of most convolutions of the rendering."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorSpec:
    """One tensor at the seam, always fp32."""

    name: str
    shape: tuple[int, ...]
    """Without the batch, which comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a network takes and returns; the order is that of the module behind it."""

    name: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    @property
    def input_names(self) -> tuple[str, ...]:
        return tuple(spec.name for spec in self.inputs)

    @property
    def output_names(self) -> tuple[str, ...]:
        return tuple(spec.name for spec in self.outputs)

    def in_order(self, inputs: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """The inputs as the module takes them."""
        assert inputs.keys() == set(self.input_names), (
            f"{self.name} takes {', '.join(self.input_names)}; it was given {', '.join(inputs)}"
        )
        for spec in self.inputs:
            shape = tuple(inputs[spec.name].shape[1:])
            assert shape == spec.shape, (
                f"{self.name}: {spec.name} is {spec.shape} a picture, it came as {shape}"
            )
        return tuple(inputs[name] for name in self.input_names)


@runtime_checkable
class Engine(Protocol):
    """One network, loaded and ready. Takes and returns tensors on `device`; never writes to its inputs.

    On the CPU torch, onnxruntime and openvino may be called by several threads at once: each has results
    of its own. The others, and all on a GPU, take one caller at a time.
    """

    @property
    def signature(self) -> Signature: ...

    @property
    def device(self) -> torch.device: ...

    def __call__(
        self, inputs: Mapping[str, Tensor], *, outputs: Mapping[str, Tensor] | None = None
    ) -> dict[str, Tensor]:
        """Run it. `outputs`: buffers to write into; without them results live until the next call."""
        ...

    def close(self) -> None:
        """Let go of what it holds; it is not called any more. May be closed twice."""
        ...


def deliver(results: dict[str, Tensor], buffers: Mapping[str, Tensor] | None) -> dict[str, Tensor]:
    """The results, in the caller's buffers where there are some."""
    if buffers is None:
        return results
    return {
        name: buffers[name].copy_(result) if name in buffers else result for name, result in results.items()
    }
