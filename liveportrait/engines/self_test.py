"""Does an engine compute what the network computes, on this machine?

Some cards have broken half precision (black pictures), some builds miss an operation or
round coordinates; none of them says so.
"""

from collections.abc import Mapping

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from liveportrait.engines.artifact_cache import artifact_key, load_or_make
from liveportrait.engines.protocol import Engine, ExportPrecision, Signature, TensorSpec
from liveportrait.engines.torch_engine import TorchEngine

_FILE = "outputs.safetensors"

TOLERANCES: Mapping[ExportPrecision, float] = {
    "fp32": 1e-3,
    "fp16": 0.05,
    "bf16": 0.1,
    "int8": 0.3,
    "fp8": 0.3,
}
"""Root mean square of the error over the spread of the true output. int8 and fp8 are calibrated on pictures
that look otherwise; `mini` in int8 is off by 0.02 here, with two of its inputs swapped by 0.5."""

KEYPOINTS_LIMIT = (64, 3)
"""More keypoints than any model has."""


def self_test(engine: Engine, trained: nn.Module, *, precision: ExportPrecision) -> str | None:
    """What is wrong with an engine, in words; None if it computes what the network does as it was trained."""
    signature = engine.signature
    inputs = example_inputs(signature)
    expected = _expected(trained, signature, inputs)
    came = engine({name: value.to(engine.device) for name, value in inputs.items()})
    for name, wanted in expected.items():
        error = relative_error(came[name].cpu(), wanted)
        if not error <= TOLERANCES[precision]:
            return (
                f"{name} of the {signature.name} is off by {error:.1%} "
                f"({TOLERANCES[precision]:.1%} is allowed in {precision})"
            )
    return None


def _expected(trained: nn.Module, signature: Signature, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
    """Computed in PyTorch in fp32 once, then kept: the large networks take ten seconds."""
    key = artifact_key(trained, str(signature), torch.__version__)

    def make() -> dict[str, Tensor]:
        results = TorchEngine(trained, signature, device=torch.device("cpu"))(inputs)
        return {name: result.contiguous() for name, result in results.items()}

    return load_or_make(
        f"{signature.name}-expected-{key}",
        load=lambda folder: load_file(folder / _FILE),
        make=make,
        save=lambda expected, folder: save_file(expected, folder / _FILE),
    )


def relative_error(came: Tensor, wanted: Tensor) -> float:
    """Root mean square of the difference over the spread of what is wanted; not a number stays so.

    A single number has no spread: a hundredth of its size stands in.
    """
    spread = (wanted - wanted.mean()).square().mean().sqrt()
    least = 0.01 * wanted.square().mean().sqrt() + 1e-6
    return float((came - wanted).square().mean().sqrt() / torch.maximum(spread, least))


def example_inputs(signature: Signature, *, seed: int = 0) -> dict[str, Tensor]:
    """Plausible inputs, all different: an engine that swaps or merges two of them is caught.

    Pictures and features are smooth, as real ones are: moved noise turns the least error of a
    coordinate into another picture. Sets of keypoints lie near each other, as two poses of one head.
    """
    generator = torch.Generator().manual_seed(seed)
    shared = torch.rand(1, *KEYPOINTS_LIMIT, generator=generator)
    return {spec.name: _example(spec, shared, generator) for spec in signature.inputs}


def _example(spec: TensorSpec, shared: Tensor, generator: torch.Generator) -> Tensor:
    match spec.shape:
        case (3, _, _):
            return _smooth(spec.shape, generator)
        case (_, _, _) | (_, _, _, _):
            return 1.2 * _smooth(spec.shape, generator) - 0.6
        case (count, 3):
            return 1.2 * shared[:, :count] - 0.6 + 0.1 * torch.rand(1, count, 3, generator=generator)
        case _:
            return 1.2 * torch.rand(1, *spec.shape, generator=generator) - 0.6


def _smooth(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Noise without fine detail, 0..1."""
    channels, *size = shape
    coarse = torch.rand(1, channels, *(max(2, side // 16) for side in size), generator=generator)
    mode = "bilinear" if len(size) == 2 else "trilinear"
    return functional.interpolate(coarse, size=size, mode=mode, align_corners=False)
