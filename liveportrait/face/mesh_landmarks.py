"""The 478 points of a face whose place is roughly known, by Google's landmark network."""

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float32
from numpy import ndarray
from torch import Tensor

from liveportrait.arrays import FramesRGB
from liveportrait.face.batching import run_on_pictures
from liveportrait.face.protocol import Face
from liveportrait.face.square import Square
from liveportrait.geometry import apply_transform
from liveportrait.networks.face_landmark_network import INPUT_SIZE_PX, FaceLandmarkPrediction

LandmarkNetwork: TypeAlias = Callable[[Tensor], FaceLandmarkPrediction]

SQUARE_MARGIN = 1.5
"""Side of the square that the network looks at over the size of the face, as it was trained."""


class MeshLandmarks:
    """Looks at upright squares around faces."""

    def __init__(
        self,
        network: LandmarkNetwork,
        *,
        device: torch.device | str = "cpu",
    ) -> None:
        self._network = network
        self._device = torch.device(device)

    def locate(self, frames: FramesRGB, squares: Sequence[Square]) -> list[Face]:
        """What the network makes of a square of each frame; its score tells whether that is a face."""
        pictures = [
            square.cut(frame, size_px=INPUT_SIZE_PX) for frame, square in zip(frames, squares, strict=True)
        ]
        outputs = run_on_pictures(self._network, pictures, device=self._device)
        return [
            _face(points, float(presence_logit), square)
            for square, (points, presence_logit) in zip(squares, outputs, strict=True)
        ]


def _face(points: Float32[ndarray, "478 3"], presence_logit: float, square: Square) -> Face:
    frame_from_crop = square.frame_from_crop(size_px=INPUT_SIZE_PX)
    # The network counts from the edge of its picture; here the centre of a pixel is whole.
    landmarks = apply_transform(frame_from_crop, points[:, :2] - 0.5)
    depth = points[:, 2] * np.float32(square.side_px / INPUT_SIZE_PX)
    return Face(landmarks=landmarks, score=_sigmoid(presence_logit), depth_px=depth)


def _sigmoid(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-80.0, min(80.0, logit))))
