"""The dense motion network as it runs: shifts as matrix products, heat maps as outer products."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from liveportrait.networks.blocks import DownBlock3d, UpBlock3d
from liveportrait.networks.dense_motion import HEATMAP_VARIANCE, DenseMotionNetwork, Hourglass
from liveportrait.networks.deployment.folding import block3d, conv3d, each, upsampled_block3d, with_norm
from liveportrait.networks.deployment.wide_kernel import ConvByDepth, ConvByRows
from liveportrait.ops.mask_warp import VolumeSampler, warp_by_masks
from liveportrait.ops.separable import separable_gaussians, shift_volume
from liveportrait.tensors import FeatureMap, FeatureVolume, Keypoints


class DeployedMotion(NamedTuple):
    """The volume where the driving keypoints put it, and what the details follow."""

    volume: FeatureVolume
    deformation: Float[Tensor, "b d h w 3"]
    occlusion_map: Float[Tensor, "b 1 h w"]
    hidden: FeatureMap


class DeployedDenseMotion(nn.Module):
    """Equal to `DenseMotionNetwork` and the warp by what it finds.

    Features have the hourglass' precision, all else is fp32. `sample_volume` is the form of 3D
    sampling that the engine has.
    """

    def __init__(self, network: DenseMotionNetwork, *, sample_volume: VolumeSampler) -> None:
        super().__init__()
        self.sample_volume = sample_volume
        self.compress = conv3d(*with_norm(network.compress, network.compress_norm))
        num_motions = network.mask.out_channels
        self.hourglass = DeployedHourglass(network.hourglass, num_motions=num_motions)
        self.mask = ConvByDepth(network.mask)
        self.occlusion = ConvByRows(network.occlusion)

    def forward(self, volume: FeatureVolume, kp_driving: Keypoints, kp_source: Keypoints) -> DeployedMotion:
        shifts = kp_source - kp_driving
        deformed = shift_volume(F.relu(self.compress(volume)), F.pad(shifts, (0, 0, 1, 0)))
        size = (volume.shape[-3], volume.shape[-2], volume.shape[-1])
        there, found = (
            separable_gaussians(keypoints, size, variance=HEATMAP_VARIANCE)
            for keypoints in (kp_driving, kp_source)
        )
        hidden = self.hourglass(torch.cat((deformed.flatten(1, 2), there - found), 1))
        moved = warp_by_masks(volume, self.mask(hidden), shifts, sample=self.sample_volume)
        flat = hidden.flatten(1, 2)
        return DeployedMotion(
            volume=moved.volume,
            deformation=moved.deformation,
            occlusion_map=torch.sigmoid(self.occlusion(flat)),
            hidden=flat,
        )


class DeployedHourglass(nn.Module):
    """Equal to `Hourglass`; takes all deformed features first, then the heat maps of the keypoints.

    The background's heat map is zero and is not read. The last convolution reads the
    proposals and what came up through the hourglass apart, without joining them first.
    """

    def __init__(self, hourglass: Hourglass, *, num_motions: int) -> None:
        super().__init__()
        first, *deeper = (block3d(down.block) for down in each(hourglass.down_blocks, DownBlock3d))
        last = block3d(hourglass.output)
        num_proposals = first.in_channels
        order = _features_then_heatmaps(num_proposals, num_motions)
        from_below, from_proposals = last.weight.split((last.in_channels - num_proposals, num_proposals), 1)
        self.first = conv3d(first.weight[:, order], first.bias)
        self.down_convs = nn.ModuleList(deeper)
        self.up_convs = nn.ModuleList(upsampled_block3d(up) for up in each(hourglass.up_blocks, UpBlock3d))
        self.last_from_below = conv3d(from_below, None)
        self.last_from_proposals = conv3d(from_proposals[:, order], last.bias)

    def forward(self, proposals: Tensor) -> Tensor:
        proposals = proposals.to(self.first.weight.dtype)
        skips = [_half(F.relu(self.first(proposals)))]
        for conv in self.down_convs:
            skips.append(_half(F.relu(conv(skips[-1]))))
        features = skips.pop()
        for conv in self.up_convs[:-1]:
            features = torch.cat((F.relu(conv(features)), skips.pop()), 1)
        features = F.relu(self.up_convs[-1](features))
        return F.relu(self.last_from_below(features) + self.last_from_proposals(proposals))


def _half(volume: Tensor) -> Tensor:
    """Half the height and width by averaging; in 2D, since PyTorch pools no bf16 volumes on a CPU."""
    return F.avg_pool2d(volume.flatten(1, 2), 2).unflatten(1, volume.shape[1:3])


def _features_then_heatmaps(num_proposals: int, num_motions: int) -> list[int]:
    """Where the deployed order's channels stand in the trained one, in which they alternate."""
    per_motion = num_proposals // num_motions
    channels = torch.arange(num_proposals).view(num_motions, per_motion)
    return [*channels[:, 1:].flatten().tolist(), *channels[1:, 0].tolist()]
