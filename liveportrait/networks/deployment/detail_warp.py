"""The fine path as it runs: one head for what is read off the same features, products instead of sums."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from liveportrait.networks.blocks import ConvBlock2d
from liveportrait.networks.deployment.dense_motion import DeployedMotion
from liveportrait.networks.deployment.folding import block2d, each, side_by_side
from liveportrait.networks.detail_warp import DetailWarp, MovedDetails, heatmaps, move
from liveportrait.ops.precision import full_precision
from liveportrait.ops.sampling import map_grid, sample_map, volume_grid
from liveportrait.tensors import FeatureMap, Keypoints


class DeployedDetailWarp(nn.Module):
    """Equal to `DetailWarp`. Features have the corrector's precision; flow and heat maps are fp32."""

    def __init__(self, warp: DetailWarp) -> None:
        super().__init__()
        self.config = warp.config
        self.depth_weights = warp.depth_weights
        self.hidden_projection = warp.hidden_projection
        self.corrector = nn.ModuleList(block2d(block) for block in each(warp.corrector, ConvBlock2d))
        heads = (warp.follow, warp.residual, warp.seen)
        self.heads = side_by_side(heads)
        self.head_widths = [head.out_channels for head in heads]
        self.hint = warp.hint

    def forward(
        self,
        details: tuple[FeatureMap, ...],
        motion: DeployedMotion,
        kp_driving: Keypoints,
        kp_source: Keypoints,
    ) -> MovedDetails:
        coarsest, *finer = details
        size = coarsest.shape[-2:]
        flow = self._front_flow(motion, size=size)
        grid = map_grid(*size, device=flow.device, dtype=flow.dtype)
        there = heatmaps(grid, kp_driving, self.config.heatmap_variance)
        found = heatmaps(grid + flow.permute(0, 2, 3, 1), kp_source, self.config.heatmap_variance)
        hidden = _resized(self.hidden_projection(motion.hidden), size)
        occlusion = _resized(motion.occlusion_map, size)
        clues = (move(coarsest, flow), there, found, hidden, flow, occlusion)
        features = torch.cat([clue.to(hidden.dtype) for clue in clues], 1)
        for conv in self.corrector:
            features = F.relu(conv(features))
        follow, residual, seen = full_precision(self.heads(features)).split(self.head_widths, 1)
        follow = F.softmax(follow + torch.log(F.pad(there, (0, 0, 0, 0, 1, 0), value=1.0) + 1e-3), 1)
        flow = flow + self._by_keypoints(follow, flow, kp_driving, kp_source) + 0.1 * residual
        seen = torch.sigmoid(seen)
        moved = (move(coarsest, flow) * seen).to(features.dtype)
        first = torch.cat((moved, self.hint(features)), 1)
        return MovedDetails((first, *(move(detail, flow) for detail in finer)), flow, seen)

    def _front_flow(self, motion: DeployedMotion, *, size: tuple[int, ...]) -> Float[Tensor, "b 2 h w"]:
        shape = motion.deformation.shape[1:4]
        grid = volume_grid(*shape, device=motion.deformation.device, dtype=motion.deformation.dtype)
        offsets = (motion.deformation - grid)[..., :2]
        weights = F.softmax(full_precision(self.depth_weights(motion.hidden)), 1)
        flow = (offsets * weights.unsqueeze(-1)).sum(1)
        return F.interpolate(flow.permute(0, 3, 1, 2), size=size, mode="bilinear", align_corners=False)

    @staticmethod
    def _by_keypoints(
        follow: Tensor, flow: Tensor, kp_driving: Keypoints, kp_source: Keypoints
    ) -> Float[Tensor, "b 2 h w"]:
        """What is missing for the flow to lead from each driving keypoint to its source keypoint."""
        at_keypoints = sample_map(flow, kp_driving[:, :, None, :2]).squeeze(-1)
        missing = (kp_source - kp_driving)[..., :2].transpose(1, 2) - at_keypoints
        return (missing @ follow[:, 1:].flatten(2)).unflatten(2, flow.shape[-2:])


def _resized(features: FeatureMap, size: tuple[int, ...]) -> FeatureMap:
    return F.interpolate(features, size=size, mode="bilinear", align_corners=False)
