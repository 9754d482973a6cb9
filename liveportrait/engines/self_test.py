"""Does an engine compute what the network computes, on this machine?

Some cards have broken half precision (black pictures), some builds miss an operation or
round coordinates; none of them says so.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from liveportrait.engines.protocol import Engine, Precision, Signature, TensorSpec
from liveportrait.engines.torch_engine import TorchEngine

TOLERANCES: Mapping[Precision, float] = {"fp32": 1e-3, "fp16": 0.05, "bf16": 0.1}
"""Root mean square of the error over the spread of the true output."""


def self_test(engine: Engine, module: nn.Module, *, precision: Precision) -> str | None:
    """What is wrong with an engine, in words; None if it computes as the network in PyTorch fp32 does."""
    signature = engine.signature
    inputs = example_inputs(signature)
    reference = TorchEngine(module, signature, precision="fp32", device=torch.device("cpu"))
    expected = reference(inputs)
    came = engine({name: value.to(engine.device) for name, value in inputs.items()})
    for name, wanted in expected.items():
        error = relative_error(came[name].cpu(), wanted)
        if not error <= TOLERANCES[precision]:
            return (
                f"{name} of the {signature.name} is off by {error:.1%} "
                f"({TOLERANCES[precision]:.1%} is allowed in {precision})"
            )
    return None


def relative_error(came: Tensor, wanted: Tensor) -> float:
    """Root mean square of the difference over the spread of what is wanted; not a number stays so."""
    spread = (wanted - wanted.mean()).square().mean().sqrt().clamp_min(1e-6)
    return float((came - wanted).square().mean().sqrt() / spread)


def example_inputs(signature: Signature, *, seed: int = 0) -> dict[str, Tensor]:
    """Plausible inputs, all different: an engine that swaps or merges two of them is caught."""
    generator = torch.Generator().manual_seed(seed)
    return {spec.name: _example(spec, generator) for spec in signature.inputs}


def _example(spec: TensorSpec, generator: torch.Generator) -> Tensor:
    values = torch.rand(1, *spec.shape, generator=generator)
    is_picture = len(spec.shape) == 3 and spec.shape[0] == 3
    return values if is_picture else 1.2 * values - 0.6
