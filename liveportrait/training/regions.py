"""Crops of face, eyes and lips for the losses that look closer (the cascade of the paper).

Boxes come from landmarks, the crops from `grid_sample`: gradients reach the picture, not
the boxes. Cut prediction and target with the same boxes.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from liveportrait.tensors import ImageBatch, ImagePoints, PerItem

Boxes: TypeAlias = Float[Tensor, "b 4"]
"""Squares as (left, top, right, bottom) in units of the image; they may reach beyond it."""

RegionMask: TypeAlias = Float[Tensor, "b 1 h w"]
"""1 inside a region, 0 outside."""

LIP_POINTS: Final = (61, 291, 0, 17, 37, 267, 84, 314)
LEFT_EYE_POINTS: Final = (33, 133, 159, 145, 158, 153)
RIGHT_EYE_POINTS: Final = (263, 362, 386, 374, 385, 380)
FACE_POINTS: Final = (10, 152, 234, 454, 103, 332, 172, 397)
"""Points of the 478-point mesh that bound each region; left and right as seen in the picture."""


def square_boxes(landmarks: ImagePoints, points: Sequence[int], *, scale: float) -> Boxes:
    """The square around the middle of some points; its side is `scale` times their larger extent.

    A wide-open and a closed mouth are both framed by the distance of the corners, so
    `scale` must leave room for the larger: 1.6 for lips, 1.8 for an eye, 1.2 for a face.
    """
    chosen = landmarks[:, list(points)]
    low, high = chosen.amin(dim=1), chosen.amax(dim=1)
    centre = (low + high) / 2
    half = (high - low).amax(dim=1, keepdim=True) * scale / 2
    return torch.cat([centre - half, centre + half], dim=1).detach()


def cut_regions(image: ImageBatch, boxes: Boxes, *, size_px: int) -> ImageBatch:
    """Each picture's box at `size_px`, bilinear; beyond the border the edge is repeated.

    Meant for crops near their own size: shrinking by more than two aliases.
    """
    centre, half = (boxes[:, 2:] + boxes[:, :2]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
    image_from_crop = torch.cat([torch.diag_embed(half), centre[:, :, None]], dim=2)
    shape = [image.shape[0], image.shape[1], size_px, size_px]
    grid = functional.affine_grid(image_from_crop, shape, align_corners=False)
    return functional.grid_sample(image, grid.to(image.dtype), padding_mode="border", align_corners=False)


def mask_inside(boxes: Boxes, *, size_px: int) -> RegionMask:
    """The boxes as a mask; a pixel counts by its centre."""
    at = (torch.arange(size_px, device=boxes.device) + 0.5) * 2 / size_px - 1
    left, top, right, bottom = (edge[:, None] for edge in boxes.unbind(dim=1))
    columns, rows = (at >= left) & (at <= right), (at >= top) & (at <= bottom)
    return (rows[:, :, None] & columns[:, None, :])[:, None].float()


def mask_below(line: PerItem, *, size_px: int) -> RegionMask:
    """All that lies lower than a line of the image: shoulders, when the line is the chin's."""
    at = (torch.arange(size_px, device=line.device) + 0.5) * 2 / size_px - 1
    rows = (at > line[:, None])[:, None, :, None]
    return rows.expand(-1, 1, size_px, size_px).float()


class Oval(NamedTuple):
    """An ellipse in a picture, which may be turned."""

    inside: RegionMask
    """Where a pixel counts by its centre; nowhere for an oval without extent."""
    along: Float[Tensor, "b 1 h w"]
    """How far each pixel lies along the first half-axis, 1 at its end."""
    across: Float[Tensor, "b 1 h w"]
    """Likewise along the second."""


def oval(
    middle: Float[Tensor, "b 2"], along: Float[Tensor, "b 2"], across: Float[Tensor, "b 2"], *, size_px: int
) -> Oval:
    """From its middle and its two half-axes, in units of the image."""
    at = (torch.arange(size_px, device=middle.device) + 0.5) * 2 / size_px - 1
    row, column = torch.meshgrid(at, at, indexing="ij")
    offset = torch.stack((column, row), -1) - middle[:, None, None]
    area = _cross(along, across)[:, None, None]
    extent = torch.where(area == 0, 1, area)
    first = _cross(offset, across[:, None, None]) / extent
    second = _cross(along[:, None, None], offset) / extent
    inside = (first.square() + second.square() < 1) & (area != 0)
    return Oval(inside[:, None].to(middle.dtype), first[:, None], second[:, None])


def _cross(first: Tensor, second: Tensor) -> Tensor:
    return first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0]
