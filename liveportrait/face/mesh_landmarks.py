"""The 478 points of a face whose place is roughly known, by Google's landmark network."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float32
from numpy import ndarray
from torch import Tensor

from liveportrait.arrays import FrameRGB
from liveportrait.face.batching import run_on_pictures
from liveportrait.face.protocol import Face
from liveportrait.face.square import Square
from liveportrait.geometry import apply_transform, inverse
from liveportrait.networks.face_landmark_network import INPUT_SIZE_PX, FaceLandmarkPrediction

LandmarkNetwork: TypeAlias = Callable[[Tensor], FaceLandmarkPrediction]

SQUARE_MARGIN = 1.5
"""Side of the square that the network looks at over the size of the face, as it was trained."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshConfig:
    """When a square counts as holding a face."""

    min_presence: float = 0.5


class MeshLandmarks:
    """Looks at upright squares around faces."""

    def __init__(
        self,
        network: LandmarkNetwork,
        *,
        device: torch.device | str = "cpu",
        config: MeshConfig | None = None,
    ) -> None:
        self._network = network
        self._device = torch.device(device)
        self._config = config or MeshConfig()

    def locate(self, frames: Sequence[FrameRGB], squares: Sequence[Square]) -> list[Face | None]:
        """The face in a square of each frame; None where the square holds no face."""
        pictures = [
            square.cut(frame, size_px=INPUT_SIZE_PX) for frame, square in zip(frames, squares, strict=True)
        ]
        outputs = run_on_pictures(self._network, pictures, device=self._device)
        return [
            self._face(points, presence_logit, square)
            for square, (points, presence_logit) in zip(squares, outputs, strict=True)
        ]

    def _face(
        self, points: Float32[ndarray, "478 3"], presence_logit: np.float32, square: Square
    ) -> Face | None:
        presence = float(1.0 / (1.0 + np.exp(-np.clip(presence_logit, -80.0, 80.0))))
        if presence < self._config.min_presence:
            return None
        frame_from_crop = inverse(square.crop_from_frame(size_px=INPUT_SIZE_PX))
        # The network counts from the edge of its picture; here the centre of a pixel is whole.
        landmarks = apply_transform(frame_from_crop, points[:, :2] - 0.5)
        depth = points[:, 2] * np.float32(square.side_px / INPUT_SIZE_PX)
        return Face(landmarks=landmarks, score=presence, depth_px=depth)
