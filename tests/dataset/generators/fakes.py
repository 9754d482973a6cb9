"""Recognisers that need no weights."""

import numpy as np
import torch

from liveportrait.arrays import FrameRGB
from liveportrait.dataset.generators.face_vectors import VECTOR_WIDTH, FaceVector
from liveportrait.dataset.generators.pulid.id_former import FaceFeatures
from liveportrait.dataset.schema.images import ModelRef
from liveportrait.errors import NoFaceError
from tests.dataset.generators.pulid.small_networks import random_face

RECOGNISER_REF = ModelRef(id="fake/recogniser", licence="MIT")


def person(seed: int, *, size_px: int = 24) -> FrameRGB:
    """A plain picture whose colour is who is on it; seed 0 is black: nobody."""
    return np.full((size_px, size_px, 3), seed, np.uint8)


class ColourVectors:
    """A `FaceVectors`: other colours are other people."""

    models = (RECOGNISER_REF,)

    def __call__(self, frame: FrameRGB) -> FaceVector:
        return np.random.default_rng(_seed(frame)).normal(size=VECTOR_WIDTH).astype(np.float32) * 20


class ColourFeatures:
    """A `FaceFeatureSource` for the small PuLID networks."""

    models = (RECOGNISER_REF,)

    def __call__(self, frame: FrameRGB) -> FaceFeatures:
        vector, scales = random_face(seed=_seed(frame))
        return FaceFeatures(vector.to(torch.float32), scales)


def _seed(frame: FrameRGB) -> int:
    seed = int(frame[0, 0, 0])
    if seed == 0:
        raise NoFaceError("The picture shows nobody.")
    return seed
