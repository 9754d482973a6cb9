"""The regions of a clip's true frames within which results are compared with them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from liveportrait.arrays import Landmarks, Mask
from liveportrait.evaluation.disocclusion import Triangles, disoccluded_mask
from liveportrait.evaluation.face_regions import background_mask, face_mask
from liveportrait.face.protocol import Face


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrueRegions:
    """A mask a frame, of the frames after the source; empty where the true face is not seen."""

    whole: tuple[Mask, ...]
    face: tuple[Mask, ...]
    background: tuple[Mask, ...]
    disoccluded: tuple[Mask, ...]


def find_regions(
    faces: Sequence[Face | None], triangles: Triangles, *, size_wh: tuple[int, int]
) -> TrueRegions:
    """From the faces of a clip, its source's first."""
    source, *driven = faces
    assert source is not None
    blank = np.zeros(size_wh[::-1], np.float32)

    def each(mask_of: Callable[[Landmarks], Mask]) -> tuple[Mask, ...]:
        return tuple(blank if face is None else mask_of(face.landmarks) for face in driven)

    return TrueRegions(
        whole=(np.ones_like(blank),) * len(driven),
        face=each(lambda landmarks: face_mask(landmarks, size_wh=size_wh)),
        background=each(lambda landmarks: background_mask(landmarks, size_wh=size_wh)),
        disoccluded=each(
            lambda landmarks: disoccluded_mask(source.landmarks, landmarks, triangles, size_wh=size_wh)
        ),
    )
