"""Faces brought upright to a fixed place by five points, the way face recognition expects them."""

from typing import TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from liveportrait.arrays import Landmarks
from liveportrait.tensors import ImageBatch

FivePoints: TypeAlias = Float[Tensor, "b 5 2"]
"""Both eyes, nose tip, both mouth corners; left of the picture first; units of `ImagePoints`."""

FIVE_MESH_POINTS = (468, 473, 1, 61, 291)
"""The same in the 478-point mesh."""

_TEMPLATE_PX = (
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
)
"""Where the points lie in a face of 112 px; the common template of ArcFace, SFace and OpenCV."""

TEMPLATE_SIZE_PX = 112


def five_points(landmarks: Landmarks, *, size_wh: tuple[int, int]) -> FivePoints:
    """The points of one face from its mesh in a frame of that size."""
    in_frame = torch.from_numpy(landmarks[list(FIVE_MESH_POINTS)]).float()[None]
    return (in_frame + 0.5) * 2 / torch.tensor(size_wh) - 1


def align_faces(image: ImageBatch, points: FivePoints) -> Float[Tensor, "b 3 112 112"]:
    """Upright faces of 112 px: the least-squares similarity from points to template.

    Differentiable in the picture and in the points.
    """
    height, width = image.shape[-2:]
    size = torch.tensor([width, height], device=image.device)
    points_px = (points + 1) / 2 * size - 0.5
    turn, shift = similarity(points_px, _template(points_px))
    pixels = _pixel_grid(points_px)
    sampled_px = (pixels - shift[:, None]) @ torch.linalg.inv(turn).mT
    grid = (sampled_px + 0.5) * 2 / size - 1
    grid = grid.view(image.shape[0], TEMPLATE_SIZE_PX, TEMPLATE_SIZE_PX, 2)
    return functional.grid_sample(image, grid.to(image.dtype), align_corners=False)


def similarity(
    points: Float[Tensor, "b n 2"], wanted: Float[Tensor, "n 2"]
) -> tuple[Float[Tensor, "b 2 2"], Float[Tensor, "b 2"]]:
    """Turn with scale, and shift, so that `turn @ point + shift` comes closest to `wanted`."""
    middle, wanted_middle = points.mean(dim=1), wanted.mean(dim=0)
    here, there = points - middle[:, None], wanted - wanted_middle
    size = here.square().sum(dim=(1, 2))
    cosine = (here * there).sum(dim=(1, 2)) / size
    sine = (here[..., 0] * there[:, 1] - here[..., 1] * there[:, 0]).sum(dim=1) / size
    turn = torch.stack([torch.stack([cosine, -sine], dim=1), torch.stack([sine, cosine], dim=1)], dim=1)
    return turn, wanted_middle - (turn @ middle[:, :, None])[..., 0]


def _template(like: Tensor) -> Float[Tensor, "5 2"]:
    return torch.tensor(_TEMPLATE_PX, dtype=like.dtype, device=like.device)


def _pixel_grid(like: Tensor) -> Float[Tensor, "n 2"]:
    at = torch.arange(TEMPLATE_SIZE_PX, dtype=like.dtype, device=like.device)
    return torch.stack(torch.meshgrid(at, at, indexing="xy"), dim=-1).flatten(0, 1)
