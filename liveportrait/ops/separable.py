"""What factors into one axis at a time: warps that shift a whole volume, and Gaussians.

Every keypoint of the dense motion shifts the volume as a whole, so its 3D sampling is three
small matrix products, and its heat map is an outer product of three curves. Both equal the
plain forms in `sampling.py` and `networks/dense_motion.py` and cost a tenth.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from liveportrait.tensors import FeatureVolume, Keypoints

SMALLEST_CURVE = 1e-12
"""Less counts as nothing: the product of three would be too small for a CPU to multiply at full speed."""


def shift_volume(volume: FeatureVolume, shifts: Float[Tensor, "b k 3"]) -> Float[Tensor, "b k c d h w"]:
    """`sample_volume` at `volume_grid` plus each shift (x, y, z), zero outside."""
    across, down, deep = (
        hat_matrices(shifts[..., axis], size) for axis, size in enumerate(reversed(volume.shape[-3:]))
    )
    # z, then x, then y: so each product is a batched one over contiguous matrices.
    moved = deep.unsqueeze(2) @ volume.flatten(3).unsqueeze(1)
    moved = moved.unflatten(-1, volume.shape[-2:]) @ across.transpose(-1, -2)[:, :, None, None]
    return down[:, :, None, None] @ moved


def hat_matrices(shifts: Float[Tensor, "b k"], size: int) -> Float[Tensor, "b k n n"]:
    """Linear interpolation along one axis as matrices: (new place, old place).

    A weight is 1 where the shifted place meets a cell's centre and falls to 0 at the next
    cell; places outside meet no cell, which is the padding with zeros.
    """
    cells = torch.arange(size, device=shifts.device, dtype=shifts.dtype)
    ends_at_one = cells / (size - 1) * 2 - 1
    places = ((ends_at_one + shifts.unsqueeze(-1) + 1) * size - 1) / 2
    return F.relu(1 - (places.unsqueeze(-1) - cells).abs())


def separable_gaussians(
    keypoints: Keypoints, size: tuple[int, int, int], *, variance: float
) -> Float[Tensor, "b k d h w"]:
    """A Gaussian around each keypoint on `volume_grid`, 1 at its centre."""
    across, down, deep = axis_gaussians(keypoints, size, variance=variance)
    return deep[..., :, None, None] * (down[..., :, None] * across[..., None, :]).unsqueeze(2)


def axis_gaussians(
    keypoints: Keypoints, size: tuple[int, int, int], *, variance: float
) -> tuple[Float[Tensor, "b k w"], Float[Tensor, "b k h"], Float[Tensor, "b k d"]]:
    """The curves over x, y and z whose outer product is the Gaussian; `size` is (depth, height, width)."""
    curves = []
    for axis, cells in enumerate(reversed(size)):
        places = torch.arange(cells, device=keypoints.device, dtype=keypoints.dtype) / (cells - 1) * 2 - 1
        curve = torch.exp(-0.5 / variance * (places - keypoints[..., axis, None]).square())
        curves.append(torch.where(curve > SMALLEST_CURVE, curve, 0.0))
    across, down, deep = curves
    return across, down, deep
