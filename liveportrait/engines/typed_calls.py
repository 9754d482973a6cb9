"""An engine as the plain function that its network was."""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor

from liveportrait.engines.protocol import Engine

_Result = TypeVar("_Result")


def kept(result: Tensor) -> Tensor:
    """A copy that outlives the engine's next call; on a CPU by NumPy, for the reason that `pixels` gives."""
    return torch.from_numpy(result.numpy().copy()) if result.device.type == "cpu" else result.clone()


def function_of(engine: Engine, result: Callable[..., _Result]) -> Callable[[Tensor], _Result]:
    """A function of the engine's one input.

    `result` makes the return value of the outputs in their order: the network's NamedTuple
    (`function_of(engine, FaceCandidates)`). Results are the caller's to keep, and lie where the input
    lies: the engine may have come to the CPU because none works on the GPU.
    """
    (name,) = engine.signature.input_names

    def call(value: Tensor) -> _Result:
        outputs = engine({name: value.to(engine.device)})
        return result(*(kept(outputs[output]).to(value.device) for output in engine.signature.output_names))

    return call
