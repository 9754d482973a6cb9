"""Sampling a picture or a volume at given coordinates, and the coordinates of its own cells."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from liveportrait.ops.precision import full_precision
from liveportrait.tensors import FeatureMap, FeatureVolume


def sample_volume(volume: FeatureVolume, grid: Float[Tensor, "b d h w 3"]) -> FeatureVolume:
    """Trilinear samples of `volume` at `grid`, zero outside.

    The cube's faces are the outer faces of the cells (`align_corners=False`), although the
    identity grid of the method has the centres of the outer cells there: the released
    weights are trained with this mismatch.
    """
    samples = F.grid_sample(
        _laid_out(full_precision(volume)),
        _laid_out(full_precision(grid)),
        mode="bilinear",
        padding_mode="zeros",
        align_corners=False,
    )
    return samples.to(volume.dtype)


def sample_map(features: FeatureMap, grid: Float[Tensor, "b h w 2"]) -> FeatureMap:
    """Bilinear samples of `features` at `grid`; outside, the border goes on (`align_corners=False`)."""
    samples = F.grid_sample(
        _laid_out(full_precision(features)),
        _laid_out(full_precision(grid)),
        mode="bilinear",
        padding_mode="border",
        align_corners=False,
    )
    return samples.to(features.dtype)


def volume_grid(
    depth: int, height: int, width: int, *, device: torch.device, dtype: torch.dtype = torch.float32
) -> Float[Tensor, "d h w 3"]:
    """Coordinates (x, y, z) of the cells of a volume; the outer cells stand at -1 and 1."""
    z, y, x = (_ends_at_one(size, device=device, dtype=dtype) for size in (depth, height, width))
    shape = (depth, height, width)
    return torch.stack(
        (x.view(1, 1, -1).expand(shape), y.view(1, -1, 1).expand(shape), z.view(-1, 1, 1).expand(shape)), -1
    )


def map_grid(
    height: int, width: int, *, device: torch.device, dtype: torch.dtype = torch.float32
) -> Float[Tensor, "h w 2"]:
    """Coordinates (x, y) of the pixel centres of a picture whose outer edges stand at -1 and 1."""
    y, x = ((torch.arange(n, device=device, dtype=dtype) * 2 + 1) / n - 1 for n in (height, width))
    return torch.stack((x.view(1, -1).expand(height, width), y.view(-1, 1).expand(height, width)), -1)


def _ends_at_one(size: int, *, device: torch.device, dtype: torch.dtype) -> Float[Tensor, "n"]:
    return torch.arange(size, device=device, dtype=dtype) / (size - 1) * 2 - 1


def _laid_out(values: Tensor) -> Tensor:
    return laid_out_for(values.device, values)


def laid_out_for(device: torch.device, values: Tensor) -> Tensor:
    """MPS samples as if all were contiguous, and says nothing (pytorch issues 171602 and 174339)."""
    return values.contiguous() if device.type == "mps" else values
