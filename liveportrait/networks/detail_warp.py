"""The fine path of small models: the source's details and pixels follow the same motion.

A small feature volume carries too little to draw a sharp face. So the source's finer
feature maps and the picture itself are moved by the dense motion, seen from the front,
and handed to the generator. On the way the motion is corrected where it misses the
keypoints: lips and eyelids are smaller than a cell of the volume.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from liveportrait.networks.blocks import ConvBlock2d
from liveportrait.networks.dense_motion import SMALLEST_EXPONENT, DenseMotion
from liveportrait.ops.precision import full_precision
from liveportrait.ops.sampling import map_grid, sample_map, volume_grid
from liveportrait.tensors import FeatureMap, Keypoints


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailConfig:
    """Sizes of the fine path."""

    width: int = 48
    hint_channels: int = 16
    """What the corrector tells the generator beside the moved details."""
    heatmap_variance: float = 0.0016
    """Narrower than that of the dense motion, for lips and eyelids."""


class MovedDetails(NamedTuple):
    """The details where the driving keypoints put them, coarsest first, and how they got there."""

    details: tuple[FeatureMap, ...]
    """The first has the hints behind its own channels; the last is the moved picture."""
    flow: Float[Tensor, "b 2 h w"]
    """How far to the side each pixel looks in the source; 2 is the width of the picture."""
    seen: Float[Tensor, "b 1 h w"]
    """What the source shows of this place, 0 hidden to 1 seen."""


class DetailWarp(nn.Module):
    """Moves details by the dense motion, corrected at the keypoints."""

    def __init__(
        self,
        config: DetailConfig,
        *,
        num_keypoints: int,
        detail_channels: tuple[int, ...],
        hidden_channels: int,
        volume_depth: int,
    ) -> None:
        super().__init__()
        self.config = config
        self.depth_weights = nn.Conv2d(hidden_channels, volume_depth, 3, padding=1)
        self.hidden_projection = nn.Conv2d(hidden_channels, config.width, 1)
        in_channels = detail_channels[0] + 2 * num_keypoints + config.width + 3
        self.corrector = nn.Sequential(
            ConvBlock2d(in_channels, config.width),
            ConvBlock2d(config.width, config.width),
        )
        self.follow = _starting_at_zero(nn.Conv2d(config.width, num_keypoints + 1, 3, padding=1))
        self.residual = _starting_at_zero(nn.Conv2d(config.width, 2, 3, padding=1))
        self.seen = nn.Conv2d(config.width, 1, 3, padding=1)
        self.hint = nn.Conv2d(config.width, config.hint_channels, 1)

    def forward(
        self,
        details: tuple[FeatureMap, ...],
        motion: DenseMotion,
        kp_driving: Keypoints,
        kp_source: Keypoints,
    ) -> MovedDetails:
        coarsest = details[0]
        flow = self._front_flow(motion, size=coarsest.shape[-2:])
        grid = map_grid(*coarsest.shape[-2:], device=coarsest.device, dtype=flow.dtype)
        there = heatmaps(grid, kp_driving, self.config.heatmap_variance)
        found = heatmaps(grid + flow.permute(0, 2, 3, 1), kp_source, self.config.heatmap_variance)
        hidden = self._resized(self.hidden_projection(motion.hidden), coarsest)
        occlusion = self._resized(motion.occlusion_map, coarsest)
        moved = move(coarsest, flow)
        clues = (moved, there.to(moved.dtype), found.to(moved.dtype), hidden, flow.to(moved.dtype), occlusion)
        features = self.corrector(torch.cat([clue.to(moved.dtype) for clue in clues], 1))
        flow = flow + self._correction(features, flow, kp_driving, kp_source, there)
        seen = torch.sigmoid(self.seen(features))
        first = torch.cat((move(coarsest, flow) * seen, self.hint(features)), 1)
        return MovedDetails((first, *(move(detail, flow) for detail in details[1:])), flow, seen)

    def _front_flow(self, motion: DenseMotion, *, size: tuple[int, ...]) -> Float[Tensor, "b 2 h w"]:
        """The dense motion as a flow of the picture: a mean over depth with weights of its own."""
        grid = volume_grid(
            *motion.deformation.shape[1:4], device=motion.deformation.device, dtype=motion.deformation.dtype
        )
        offsets = (motion.deformation - grid)[..., :2].permute(0, 4, 1, 2, 3)
        weights = F.softmax(full_precision(self.depth_weights(motion.hidden)), 1)
        flow = (offsets * weights.unsqueeze(1)).sum(2)
        return F.interpolate(flow, size=size, mode="bilinear", align_corners=False)

    def _correction(
        self, features: FeatureMap, flow: Tensor, kp_driving: Keypoints, kp_source: Keypoints, there: Tensor
    ) -> Float[Tensor, "b 2 h w"]:
        """What is missing for the flow to lead from each driving keypoint to its source keypoint."""
        at_keypoints = sample_map(flow, kp_driving[:, :, None, :2]).squeeze(-1).permute(0, 2, 1)
        missing = kp_source[..., :2] - kp_driving[..., :2] - at_keypoints
        near = F.pad(there, (0, 0, 0, 0, 1, 0), value=1.0)
        follow = F.softmax(full_precision(self.follow(features)) + torch.log(near + 1e-3), 1)[:, 1:]
        by_keypoints = (follow.unsqueeze(2) * missing[:, :, :, None, None]).sum(1)
        return by_keypoints + 0.1 * full_precision(self.residual(features))

    @staticmethod
    def _resized(features: FeatureMap, like: FeatureMap) -> FeatureMap:
        return F.interpolate(features, size=like.shape[-2:], mode="bilinear", align_corners=False)


def heatmaps(
    grid: Float[Tensor, "*b h w 2"], keypoints: Keypoints, variance: float
) -> Float[Tensor, "b k h w"]:
    """A Gaussian around each keypoint's place in the picture, 1 at its centre."""
    if grid.dim() == 3:
        grid = grid.unsqueeze(0)
    distances = (grid.unsqueeze(1) - keypoints[:, :, None, None, :2]).square().sum(-1)
    return torch.exp((-0.5 * distances / variance).clamp_min(SMALLEST_EXPONENT))


def move(features: FeatureMap, flow: Float[Tensor, "b 2 h w"]) -> FeatureMap:
    """`features` sampled where the flow leads, at their own size."""
    height, width = features.shape[-2:]
    if flow.shape[-2:] != features.shape[-2:]:
        flow = F.interpolate(flow, size=(height, width), mode="bilinear", align_corners=False)
    grid = map_grid(height, width, device=features.device, dtype=flow.dtype)
    return sample_map(features, grid + flow.permute(0, 2, 3, 1))


def _starting_at_zero(layer: nn.Conv2d) -> nn.Conv2d:
    """The same layer without an opinion: before training the dense motion is followed as it is."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer
