"""Recognisers that need no weights."""

from pathlib import Path

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


def write_recogniser(path: Path, *, width: int = 512, scale: float = 1.0) -> Path:
    """A network that says what it was shown: the first numbers of its picture, times a scale."""
    from onnx import TensorProto, helper, save

    picture = helper.make_tensor_value_info("input.1", TensorProto.FLOAT, ["n", 3, 112, 112])
    vector = helper.make_tensor_value_info("683", TensorProto.FLOAT, ["n", width])
    constants = [
        helper.make_tensor("shape", TensorProto.INT64, [2], [1, 3 * 112 * 112]),
        helper.make_tensor("starts", TensorProto.INT64, [1], [0]),
        helper.make_tensor("ends", TensorProto.INT64, [1], [width]),
        helper.make_tensor("axes", TensorProto.INT64, [1], [1]),
        helper.make_tensor("scale", TensorProto.FLOAT, [], [scale]),
    ]
    nodes = [
        helper.make_node("Reshape", ["input.1", "shape"], ["flat"]),
        helper.make_node("Slice", ["flat", "starts", "ends", "axes"], ["first"]),
        helper.make_node("Mul", ["first", "scale"], ["683"]),
    ]
    graph = helper.make_graph(nodes, "fake", [picture], [vector], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    save(model, path)
    return path
