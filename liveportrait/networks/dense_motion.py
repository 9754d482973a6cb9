"""From two sets of keypoints to a motion for every cell of the feature volume."""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from liveportrait.networks.blocks import ConvBlock3d, DownBlock3d, UpBlock3d
from liveportrait.ops.precision import full_precision
from liveportrait.ops.sampling import sample_volume, volume_grid
from liveportrait.tensors import FeatureMap, FeatureVolume, Keypoints

HEATMAP_VARIANCE = 0.01
"""Of the Gaussian around a keypoint, in squared units of the cube."""

SMALLEST_EXPONENT = -60.0
"""Beyond it a Gaussian would leave numbers so small that a CPU takes ten times as long to multiply them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DenseMotionConfig:
    """Sizes of the dense motion network."""

    compressed_channels: int = 4
    width: int = 32
    max_width: int = 1024
    num_levels: int = 5
    output_width: int | None = None
    """Channels before the masks; None keeps those of the hourglass' skip and output together."""
    mask_kernel: int = 7


class DenseMotion(NamedTuple):
    """Where every cell of the warped volume comes from."""

    deformation: Float[Tensor, "b d h w 3"]
    """Coordinates to sample the source's volume at."""
    mask: Float[Tensor, "b k1 d h w"]
    """Which keypoint a cell follows; the first is the background, they sum to one."""
    occlusion_map: Float[Tensor, "b 1 h w"]
    """What the source shows of this place, 0 hidden to 1 seen."""
    hidden: FeatureMap
    """The features that the masks were read from, depth folded into channels."""


class DenseMotionNetwork(nn.Module):
    """Every keypoint proposes a shift; an hourglass decides which to follow where (after face-vid2vid)."""

    def __init__(
        self, config: DenseMotionConfig, *, num_keypoints: int, volume_channels: int, volume_depth: int
    ) -> None:
        super().__init__()
        self.compress = nn.Conv3d(volume_channels, config.compressed_channels, 1)
        self.compress_norm = nn.BatchNorm3d(config.compressed_channels)
        num_motions = num_keypoints + 1
        self.hourglass = Hourglass(config, in_channels=num_motions * (config.compressed_channels + 1))
        hidden = self.hourglass.out_channels
        self.mask = nn.Conv3d(hidden, num_motions, config.mask_kernel, padding=config.mask_kernel // 2)
        self.occlusion = nn.Conv2d(hidden * volume_depth, 1, 7, padding=3)

    def forward(self, volume: FeatureVolume, kp_driving: Keypoints, kp_source: Keypoints) -> DenseMotion:
        compressed = F.relu(self.compress_norm(self.compress(volume)))
        grid = volume_grid(*volume.shape[-3:], device=volume.device, dtype=kp_driving.dtype)
        motions = sparse_motions(grid, kp_driving, kp_source)
        deformed = _deform(compressed, motions)
        heatmaps = _heatmap_differences(grid, kp_driving, kp_source).to(deformed.dtype)
        # Keypoint-major: each keypoint's heat map stands before its own deformed features.
        proposals = torch.cat((heatmaps.unsqueeze(2), deformed), 2).flatten(1, 2)
        hidden = self.hourglass(proposals)
        mask = F.softmax(full_precision(self.mask(hidden)), 1)
        flat = hidden.flatten(1, 2)
        return DenseMotion(
            deformation=(motions * mask.unsqueeze(-1)).sum(1),
            mask=mask,
            occlusion_map=torch.sigmoid(self.occlusion(flat)),
            hidden=flat,
        )


class Hourglass(nn.Module):
    """Down and up again over height and width, with skips; the depth stays."""

    def __init__(self, config: DenseMotionConfig, *, in_channels: int) -> None:
        super().__init__()
        widths = [in_channels]
        widths += [min(config.max_width, config.width * 2 ** (i + 1)) for i in range(config.num_levels)]
        self.down_blocks = nn.ModuleList(DownBlock3d(outer, inner) for outer, inner in pairwise(widths))
        up_blocks, channels = [], widths[-1]
        for level in reversed(range(config.num_levels)):
            out_channels = min(config.max_width, config.width * 2**level)
            up_blocks.append(UpBlock3d(channels, out_channels))
            channels = out_channels + widths[level]
        self.up_blocks = nn.ModuleList(up_blocks)
        self.out_channels = config.output_width or channels
        self.output = ConvBlock3d(channels, self.out_channels)

    def forward(self, volume: Tensor) -> Tensor:
        skips = [volume]
        for down in self.down_blocks:
            skips.append(down(skips[-1]))
        features = skips.pop()
        for up in self.up_blocks:
            features = torch.cat((up(features), skips.pop()), 1)
        return self.output(features)


def sparse_motions(
    grid: Float[Tensor, "d h w 3"], kp_driving: Keypoints, kp_source: Keypoints
) -> Float[Tensor, "b k1 d h w 3"]:
    """One sampling grid per keypoint, shifted as a whole; the first stays, for the background."""
    shifts = F.pad(kp_source - kp_driving, (0, 0, 1, 0))
    return grid + shifts[:, :, None, None, None, :]


def gaussians(grid: Float[Tensor, "d h w 3"], keypoints: Keypoints) -> Float[Tensor, "b k d h w"]:
    """A heat map around each keypoint, 1 at its centre."""
    distances = (grid - keypoints[:, :, None, None, None, :]).square().sum(-1)
    return torch.exp((-0.5 * distances / HEATMAP_VARIANCE).clamp_min(SMALLEST_EXPONENT))


def _heatmap_differences(
    grid: Float[Tensor, "d h w 3"], kp_driving: Keypoints, kp_source: Keypoints
) -> Float[Tensor, "b k1 d h w"]:
    difference = gaussians(grid, kp_driving) - gaussians(grid, kp_source)
    return F.pad(difference, (0, 0, 0, 0, 0, 0, 1, 0))


def _deform(volume: FeatureVolume, motions: Float[Tensor, "b k1 d h w 3"]) -> Float[Tensor, "b k1 c d h w"]:
    batch, num_motions = motions.shape[:2]
    repeated = volume.unsqueeze(1).expand(-1, num_motions, -1, -1, -1, -1).flatten(0, 1)
    return sample_volume(repeated, motions.flatten(0, 1)).unflatten(0, (batch, num_motions))
