"""The judges of a run, and what they see in the frames of a clip."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float, Float32
from numpy import ndarray
from torch.nn import functional

from liveportrait.arrays import FrameRGB, Landmarks
from liveportrait.evaluation.face_traces import FaceReading, FaceTrace
from liveportrait.evaluation.head_turns import Head, rotation_of_68, rotation_of_mesh
from liveportrait.face.protocol import Face, FaceAnalyzer
from liveportrait.face.refining import LandmarkFinder
from liveportrait.judges.face_alignment import five_points
from liveportrait.judges.identity import FaceEmbedder
from liveportrait.judges.perceptual import FeatureBackbone, perceptual_distance
from liveportrait.pixels import image_from_frame

PersonVectors: TypeAlias = Float32[ndarray, "_n _d"]
"""A face recognition vector a frame; nan where no face is seen (and a single nan where none is in any)."""

_BATCH = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judges:
    """Everything that looks at pictures and is not the model."""

    landmarker: FaceAnalyzer
    """Finds the 478 points with their depth."""
    head: Head
    backbone: FeatureBackbone
    embedder: FaceEmbedder
    second_landmarker: LandmarkFinder | None = None
    """Finds 68 points; not a teacher of the model, so that nothing is scored by its own teacher alone."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WatchedClip:
    """Frames and what the judges see in each of them alone."""

    frames: tuple[FrameRGB, ...]
    faces: tuple[Face | None, ...]
    trace: FaceTrace
    second_trace: FaceTrace | None
    people: PersonVectors


def watch_clip(frames: Sequence[FrameRGB], judges: Judges) -> WatchedClip:
    """Every frame is looked at anew: no face is taken to be where it was before."""
    faces = tuple(_largest(judges.landmarker.detect(frame)) for frame in frames)
    return WatchedClip(
        frames=tuple(frames),
        faces=faces,
        trace=FaceTrace(readings=tuple(face and _reading(face, judges.head) for face in faces)),
        second_trace=_second_trace(frames, faces, judges),
        people=_embedded(frames, faces, judges.embedder),
    )


def perceptual_distances(
    found: Sequence[FrameRGB], true: Sequence[FrameRGB], backbone: FeatureBackbone
) -> Float[ndarray, "n"]:
    """Of every pair of frames; all of one size."""
    parts = []
    with torch.inference_mode():
        for start in range(0, len(found), _BATCH):
            ours, theirs = (_images(frames[start : start + _BATCH]) for frames in (found, true))
            parts.append(perceptual_distance(ours, theirs, backbone).numpy())
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def person_cosines(first: PersonVectors, second: PersonVectors) -> Float[ndarray, "n"]:
    """Of every pair of vectors, or of every one with a single other; nan where a face was not seen."""
    return functional.cosine_similarity(torch.from_numpy(first), torch.from_numpy(second)).numpy()


def _largest(faces: Sequence[Face]) -> Face | None:
    return faces[0] if faces else None


def _reading(face: Face, head: Head) -> FaceReading:
    return FaceReading(landmarks=face.landmarks, rotation=rotation_of_mesh(face, head))


def _second_trace(
    frames: Sequence[FrameRGB], faces: Sequence[Face | None], judges: Judges
) -> FaceTrace | None:
    finder = judges.second_landmarker
    if finder is None:
        return None
    points: list[Landmarks | None] = [
        None if face is None else finder(frame, face) for frame, face in zip(frames, faces, strict=True)
    ]
    readings = [
        None if one is None else FaceReading(landmarks=one, rotation=rotation_of_68(one, judges.head))
        for one in points
    ]
    return FaceTrace(readings=tuple(readings))


@torch.inference_mode()
def _embedded(
    frames: Sequence[FrameRGB], faces: Sequence[Face | None], embedder: FaceEmbedder
) -> PersonVectors:
    seen = [index for index, face in enumerate(faces) if face is not None]
    if not seen:
        return np.full((len(frames), 1), np.nan, np.float32)
    vectors = []
    for index in seen:
        face = faces[index]
        assert face is not None
        height, width = frames[index].shape[:2]
        points = five_points(face.landmarks, size_wh=(width, height))
        vectors.append(embedder(image_from_frame(frames[index]), points)[0].numpy())
    people = np.full((len(frames), len(vectors[0])), np.nan, np.float32)
    people[seen] = vectors
    return people


def _images(frames: Sequence[FrameRGB]) -> torch.Tensor:
    return torch.cat([image_from_frame(frame) for frame in frames])
