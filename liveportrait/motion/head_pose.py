"""How a head is placed, from the points of its face mesh."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float
from numpy import ndarray

RIGID_POINTS: Final = (
    *(33, 133, 362, 263),  # eye corners
    *(168, 6, 197, 195, 5, 4, 1, 98, 327),  # nose
    *(10, 109, 338, 67, 297, 54, 284),  # forehead
    *(127, 356, 234, 454, 93, 323),  # sides
)
"""Points of the 478-point mesh that hardly move with expression: the head's pose is read off them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadPose:
    """Rigid placement of a head in every frame."""

    rotation: Float[ndarray, "t 3 3"]
    scale: Float[ndarray, "t"]
    translation: Float[ndarray, "t 3"]


def fit_head_pose(landmarks: Float[ndarray, "t n 3"], head: Float[ndarray, "m 3"]) -> HeadPose:
    """Least-squares similarity from a reference head to the rigid landmarks (Umeyama 1991).

    Args:
        landmarks: The face mesh in crop coordinates.
        head: The same points of the reference head, in canonical units; at least the first 468.
    """
    chosen = list(RIGID_POINTS)
    there, here = landmarks[:, chosen].astype(np.float64), head[chosen].astype(np.float64)
    there_mean, here_mean = there.mean(1, keepdims=True), here.mean(0)
    there, here = there - there_mean, here - here_mean
    left, singular, right = np.linalg.svd(here.T @ there)
    sign = np.ones_like(singular)
    sign[:, 2] = np.sign(np.linalg.det(left @ right))
    rotation = (left * sign[:, None, :]) @ right
    scale = (singular * sign).sum(1) / np.square(here).sum()
    translation = there_mean[:, 0] - scale[:, None] * (here_mean @ rotation)
    return HeadPose(
        rotation=rotation.astype(np.float32),
        scale=scale.astype(np.float32),
        translation=translation.astype(np.float32),
    )
