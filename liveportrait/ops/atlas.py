"""3D sampling by 2D sampling, for engines that have no other."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from liveportrait.tensors import FeatureVolume


def sample_volume_in_atlas(volume: FeatureVolume, grid: Float[Tensor, "b d h w 3"]) -> FeatureVolume:
    """`sample_volume` by two samples of a picture of all depths, and a line between them.

    The depths stand below each other with a row of zeros around each, and an empty depth at
    either end. fp32 coordinates over so high a picture are good to 1e-4 of a cell: fp32 only.
    """
    depth, height = volume.shape[2:4]
    atlas = F.pad(volume, (0, 0, 1, 1, 1, 1)).flatten(2, 3)
    x, y, z = grid.flatten(1, 2).unbind(-1)
    row = (((y + 1) * height - 1) / 2).clamp(-1, height)
    slice_ = (((z + 1) * depth - 1) / 2).clamp(-1, depth)
    nearer = slice_.floor().clamp(max=depth - 1)
    top = (nearer + 1) * (height + 2) + 1 + row
    rows = (depth + 2) * (height + 2)
    near, far = (
        F.grid_sample(
            atlas,
            torch.stack((x, (2 * (top + step) + 1) / rows - 1), -1),
            mode="bilinear",
            padding_mode="zeros",
            align_corners=False,
        )
        for step in (0, height + 2)
    )
    weight = (slice_ - nearer).unsqueeze(1)
    return (near + (far - near) * weight).unflatten(2, grid.shape[1:3])
