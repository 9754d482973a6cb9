"""The warp of a feature volume by masks over shifts: the one irregular read of every driven frame."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from liveportrait.ops.native import NativeOperation
from liveportrait.ops.precision import full_precision
from liveportrait.ops.sampling import sample_volume, volume_grid
from liveportrait.tensors import FeatureVolume

VolumeSampler: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""As `ops.sampling.sample_volume`: a volume at a grid."""


class MovedVolume(NamedTuple):
    """A volume that was moved, and where every cell of it came from."""

    volume: FeatureVolume
    deformation: Float[Tensor, "b d h w 3"]


def warp_by_masks(
    volume: FeatureVolume,
    mask_logits: Float[Tensor, "b k1 d h w"],
    shifts: Float[Tensor, "b k 3"],
    *,
    sample: VolumeSampler = sample_volume,
) -> MovedVolume:
    """Every cell follows the shifts by the softmax of its logits, and samples the volume there.

    The first logit is the background's, which does not move. The masks sum to one, so the
    identity comes through once and only shifts are averaged. Coordinates and masks are fp32.
    `sample` is the form of 3D sampling that an engine has.
    """
    if sample is not sample_volume:
        return MovedVolume(*warp_in_torch(volume, mask_logits, shifts, sample))
    return MovedVolume(*_OPERATION.on(volume, mask_logits, shifts)(volume, mask_logits, shifts))


def warp_in_torch(
    volume: Tensor, mask_logits: Tensor, shifts: Tensor, sample: VolumeSampler = sample_volume
) -> tuple[Tensor, Tensor]:
    """The reference: `warp_by_masks` in PyTorch's own operations."""
    deformation = follow_masks(F.softmax(full_precision(mask_logits), 1), shifts)
    return sample(volume, deformation), deformation


def follow_masks(
    mask: Float[Tensor, "b k1 d h w"], shifts: Float[Tensor, "b k 3"]
) -> Float[Tensor, "b d h w 3"]:
    """Where the cells look, given which shift each follows."""
    size = (mask.shape[2], mask.shape[3], mask.shape[4])
    offsets = (shifts.transpose(1, 2) @ mask[:, 1:].flatten(2)).unflatten(2, size)
    return volume_grid(*size, device=mask.device, dtype=mask.dtype) + offsets.permute(0, 2, 3, 4, 1)


def _example(device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    volume = torch.rand(2, 5, 3, 6, 7, generator=generator)
    logits, shifts = (torch.randn(*shape, generator=generator) for shape in ((2, 4, 3, 6, 7), (2, 3, 3)))
    return volume.to(device), logits.to(device), shifts.to(device)


_OPERATION = NativeOperation(
    name="warp_by_masks",
    folder="warp_by_masks",
    reference=warp_in_torch,
    example=_example,
    tolerance=1e-4,
)
