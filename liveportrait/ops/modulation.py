"""What stands between two convolutions of a SPADE block: normalise, modulate, activate."""

import torch
import torch.nn.functional as F
from torch import Tensor

from liveportrait.ops.native import NativeOperation
from liveportrait.ops.precision import full_precision
from liveportrait.tensors import FeatureMap

EPSILON = 1e-5
"""Added to the variance; the released weights are trained with it."""


def modulate(features: FeatureMap, gain: FeatureMap, shift: FeatureMap, *, slope: float) -> FeatureMap:
    """A leaky ReLU of `features`, normalised over each channel's picture, times `gain` plus `shift`.

    Where `gain` and `shift` are `n` times as large, the features are enlarged by repetition:
    that changes neither mean nor variance, so statistics are taken while the features are
    small. Statistics are fp32.
    """
    return _OPERATION.on(features, gain, shift)(features, gain, shift, slope)


def modulate_in_torch(features: Tensor, gain: Tensor, shift: Tensor, slope: float) -> Tensor:
    """The reference: `modulate` in PyTorch's own operations."""
    normalised = normalise(features)
    if gain.shape[-1] != features.shape[-1]:
        times = gain.shape[-1] // features.shape[-1]
        normalised = F.interpolate(normalised, scale_factor=float(times), mode="nearest")
    return F.leaky_relu(normalised * gain + shift, slope)


def normalise(features: FeatureMap) -> FeatureMap:
    """Mean zero and variance one for every channel of every item (instance norm)."""
    return F.instance_norm(full_precision(features), eps=EPSILON).to(features.dtype)


def _example(device: torch.device) -> tuple[Tensor, Tensor, Tensor, float]:
    generator = torch.Generator().manual_seed(0)
    features, gain, shift = (
        torch.randn(2, 5, side, side, generator=generator).to(device) for side in (6, 12, 12)
    )
    return features, gain, shift, 0.2


_OPERATION = NativeOperation(
    name="modulate", folder="modulate", reference=modulate_in_torch, example=_example, tolerance=1e-4
)
