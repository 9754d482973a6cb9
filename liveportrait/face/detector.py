"""Where faces are, by Google's short-range detector."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

from liveportrait.arrays import FramesRGB
from liveportrait.face.anchors import Detections, decode, merge_doubles
from liveportrait.face.batching import run_on_pictures
from liveportrait.face.square import Square
from liveportrait.geometry import apply_transform
from liveportrait.networks.face_detection_network import INPUT_SIZE_PX, FaceCandidates

DetectionNetwork: TypeAlias = Callable[[Tensor], FaceCandidates]


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorConfig:
    """What counts as a face."""

    min_score: float = 0.5
    max_overlap: float = 0.3
    """Boxes that overlap by more (intersection over union) are one face."""


class FaceDetector:
    """Sees upright faces of an eighth of the square that it is shown, and larger."""

    def __init__(
        self,
        network: DetectionNetwork,
        *,
        device: torch.device | str = "cpu",
        config: DetectorConfig | None = None,
    ) -> None:
        self._network = network
        self._device = torch.device(device)
        self._config = config or DetectorConfig()

    def detect(self, frames: FramesRGB, squares: Sequence[Square]) -> list[Detections]:
        """What is found in a square of each frame, in pixels of the frame."""
        pictures = [
            square.cut(frame, size_px=INPUT_SIZE_PX) for frame, square in zip(frames, squares, strict=True)
        ]
        outputs = run_on_pictures(self._network, pictures, device=self._device)
        found = (decode(values, logits, min_score=self._config.min_score) for values, logits in outputs)
        return [
            _in_frame(merge_doubles(detections, max_overlap=self._config.max_overlap), square)
            for detections, square in zip(found, squares, strict=True)
        ]

    def merged(self, detections: Sequence[Detections]) -> Detections:
        """Several looks at one frame as one list."""
        together = Detections(*(np.concatenate(column) for column in zip(*detections, strict=True)))
        return merge_doubles(together, max_overlap=self._config.max_overlap)


def _in_frame(detections: Detections, square: Square) -> Detections:
    frame_from_crop = square.frame_from_crop(size_px=INPUT_SIZE_PX)
    return Detections(
        centres=apply_transform(frame_from_crop, detections.centres),
        sides=detections.sides * (square.side_px / INPUT_SIZE_PX),
        points=apply_transform(frame_from_crop, detections.points.reshape(-1, 2)).reshape(-1, 6, 2),
        scores=detections.scores,
    )
