"""Smooth warps of the picture plane that move points exactly as they move pictures.

A warp is an affine map plus thin-plate-spline bumps (Siarohin et al. 2019). It is defined
from warped to original, the direction in which a picture is sampled.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from liveportrait.tensors import ImageBatch, ImagePoints


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneWarp:
    """`original = linear @ warped + shift + bumps(warped)`, one warp a batch item."""

    linear: Float[Tensor, "b 2 2"]
    shift: Float[Tensor, "b 2"]
    centres: Float[Tensor, "m 2"]
    """Where the bumps sit."""
    heights: Float[Tensor, "b m 2"]

    def original_from_warped(self, points: ImagePoints) -> ImagePoints:
        """Where a point of the warped picture was in the original."""
        return points @ self.linear.mT + self.shift[:, None] + self._bumps(points)

    def warp_image(self, image: ImageBatch) -> ImageBatch:
        """Sample the picture under the warp; beyond its border the edge is mirrored."""
        batch, _, height, width = image.shape
        identity = torch.eye(2, 3, device=image.device).expand(batch, 2, 3)
        grid = functional.affine_grid(identity, [batch, 1, height, width], align_corners=False)
        sampled_at = self.original_from_warped(grid.flatten(1, 2)).view(batch, height, width, 2)
        return functional.grid_sample(
            image, sampled_at.to(image.dtype), padding_mode="reflection", align_corners=False
        )

    def _bumps(self, points: ImagePoints) -> ImagePoints:
        squared = (points[:, :, None] - self.centres).square().sum(dim=3)
        spline = 0.5 * squared * (squared + 1e-9).log()
        return spline @ self.heights


def random_plane_warp(
    batch_size: int,
    generator: torch.Generator,
    *,
    affine_std: float = 0.05,
    bump_std: float = 0.005,
    bumps_per_side: int = 5,
    device: torch.device | str = "cpu",
) -> PlaneWarp:
    """A warp for each item of a batch; strengths as published for equivariance.

    Values are drawn on the generator's device and cut at two standard deviations, so that
    no warp folds the plane.
    """
    side = torch.linspace(-1, 1, bumps_per_side)
    centres = torch.cartesian_prod(side, side).flip(1)
    affine = torch.eye(2, 3) + _cut_normal((batch_size, 2, 3), affine_std, generator)
    heights = _cut_normal((batch_size, bumps_per_side**2, 2), bump_std, generator)
    return PlaneWarp(
        linear=affine[..., :2].to(device),
        shift=affine[..., 2].to(device),
        centres=centres.to(device),
        heights=heights.to(device),
    )


def _cut_normal(shape: tuple[int, ...], std: float, generator: torch.Generator) -> Tensor:
    drawn = torch.randn(shape, generator=generator, device=generator.device)
    return drawn.clamp(-2, 2).cpu() * std
