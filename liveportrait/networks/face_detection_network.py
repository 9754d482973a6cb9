"""Google's short-range face detector (BlazeFace): a picture to 896 candidate boxes."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from liveportrait.tensors import ImageBatch

INPUT_SIZE_PX = 128
NUM_ANCHORS = 896
VALUES_PER_ANCHOR = 16

_STEM_CHANNELS = 24
_FINE_BLOCKS = (
    (24, 1), (28, 1), (32, 2), (36, 1), (42, 1), (48, 2), (56, 1), (64, 1), (72, 1), (80, 1), (88, 1),
)  # fmt: skip
_COARSE_BLOCKS = ((96, 2), (96, 1), (96, 1), (96, 1), (96, 1))
"""Width and stride of each block."""
_FINE_ANCHORS, _COARSE_ANCHORS = 2, 6
"""Anchors a cell on the 16x16 and the 8x8 grid."""


class FaceCandidates(NamedTuple):
    """Raw predictions, one per anchor; `face.anchors` decodes them."""

    values: Float[Tensor, "b 896 16"]
    """Box centre x, y, width, height, then six points x, y; pixels of the 128 input from the anchor."""
    logits: Float[Tensor, "b 896"]


class BlazeBlock(nn.Module):
    """Depthwise and pointwise convolution with a shortcut; with stride 2 it halves the size."""

    def __init__(self, in_channels: int, out_channels: int, *, stride: int = 1) -> None:
        super().__init__()
        padding = 1 if stride == 1 else 0
        self.depthwise = nn.Conv2d(
            in_channels, in_channels, 3, stride=stride, padding=padding, groups=in_channels, bias=False
        )
        self.pointwise = nn.Conv2d(in_channels, out_channels, 1)
        self.stride = stride
        self.extra_channels = out_channels - in_channels

    def forward(self, features: Tensor) -> Tensor:
        # At stride 2 the original pads an even side by one pixel at its far end only.
        padded = F.pad(features, (0, 1, 0, 1)) if self.stride == 2 else features
        return F.relu(self._shortcut(features) + self.pointwise(self.depthwise(padded)))

    def _shortcut(self, features: Tensor) -> Tensor:
        if self.stride > 1:
            features = F.max_pool2d(features, self.stride)
        if self.extra_channels > 0:
            features = F.pad(features, (0, 0, 0, 0, 0, self.extra_channels))
        return features


class FaceDetectionNetwork(nn.Module):
    """Single-shot detector with 2 anchors a cell on a 16x16 grid and 6 on an 8x8 grid."""

    def __init__(self) -> None:
        super().__init__()
        fine, coarse = _FINE_BLOCKS[-1][0], _COARSE_BLOCKS[-1][0]
        self.stem = nn.Conv2d(3, _STEM_CHANNELS, 5, stride=2)
        self.fine = _blocks(_STEM_CHANNELS, _FINE_BLOCKS)
        self.coarse = _blocks(fine, _COARSE_BLOCKS)
        self.fine_logits = nn.Conv2d(fine, _FINE_ANCHORS, 1)
        self.coarse_logits = nn.Conv2d(coarse, _COARSE_ANCHORS, 1)
        self.fine_values = nn.Conv2d(fine, _FINE_ANCHORS * VALUES_PER_ANCHOR, 1)
        self.coarse_values = nn.Conv2d(coarse, _COARSE_ANCHORS * VALUES_PER_ANCHOR, 1)

    def forward(self, image: ImageBatch) -> FaceCandidates:
        """`image`: (B, 3, 128, 128) in 0..1."""
        # Trained on -1..1, and padded with zeros of that range.
        fine = self.fine(F.relu(self.stem(F.pad(image * 2.0 - 1.0, (1, 2, 1, 2)))))
        coarse = self.coarse(fine)
        logits = _per_anchor(self.fine_logits(fine), self.coarse_logits(coarse), values=1)
        values = _per_anchor(self.fine_values(fine), self.coarse_values(coarse), values=VALUES_PER_ANCHOR)
        return FaceCandidates(values, logits.squeeze(-1))


def _blocks(in_channels: int, table: tuple[tuple[int, int], ...]) -> nn.Sequential:
    blocks = []
    for out_channels, stride in table:
        blocks.append(BlazeBlock(in_channels, out_channels, stride=stride))
        in_channels = out_channels
    return nn.Sequential(*blocks)


def _per_anchor(fine: Tensor, coarse: Tensor, *, values: int) -> Tensor:
    """Grids (B, anchors * values, h, w) as one list (B, 896, values), cell by cell."""
    rows = [grid.permute(0, 2, 3, 1).flatten(1).unflatten(1, (-1, values)) for grid in (fine, coarse)]
    return torch.cat(rows, dim=1)
