"""Expression-friendly driving: the driver's movement in keypoint space, scaled to the source's head."""

from dataclasses import dataclass

import numpy as np
import torch

from liveportrait.tensors import Keypoints, Scale


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Displacement:
    """Where the driving keypoints count from, and how much their movement is worth on the source."""

    kp_anchor: Keypoints
    multiplier: Scale

    def apply(self, kp_driving: Keypoints, kp_source: Keypoints) -> Keypoints:
        """The source's keypoints, moved as the driving ones have moved since the anchor."""
        return kp_source + (kp_driving - self.kp_anchor) * self.multiplier[:, :, None]


def make_displacement(kp_source: Keypoints, kp_anchor: Keypoints) -> Displacement:
    """Count from `kp_anchor`, one frame. Done once per source: the hulls are found on the CPU (0.5 ms)."""
    volumes = hull_volume(kp_source) / hull_volume(kp_anchor)
    multiplier = torch.from_numpy(np.sqrt(volumes)).to(kp_source)[:, None]
    return Displacement(kp_anchor=kp_anchor, multiplier=multiplier)


def hull_volume(keypoints: Keypoints) -> np.ndarray:
    """Volume of the convex hull of each batch item's keypoints."""
    from scipy.spatial import ConvexHull  # half a second to import; few callers need it

    return np.array([ConvexHull(points).volume for points in keypoints.detach().cpu().double().numpy()])
