"""Face analysers, ready: the default one on an engine, several times as fast on a CPU, and those over it."""

from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from torch import Tensor, nn

from liveportrait.checkpoints.catalogue import released_weights_dir
from liveportrait.choices import check_choice
from liveportrait.engines.config import EngineConfig, find_device
from liveportrait.engines.opening import open_module_engine
from liveportrait.engines.protocol import Engine, Signature, TensorSpec
from liveportrait.engines.typed_calls import function_of
from liveportrait.errors import SettingError
from liveportrait.face.face_alignment_68 import load_face_alignment_68
from liveportrait.face.face_landmarker import BlendshapeNetwork, FaceLandmarker, FaceLandmarkerConfig
from liveportrait.face.landmarks_203 import load_landmarks_203
from liveportrait.face.loading import (
    FaceNetworks,
    load_blendshape_network,
    load_detection_network,
    load_landmark_network,
    make_face_landmarker,
)
from liveportrait.face.protocol import FaceAnalyzer
from liveportrait.face.refining import LandmarkFinder, RefiningAnalyzer
from liveportrait.media.paths import AnyPath
from liveportrait.networks import face_blendshape_network, face_detection_network, face_landmark_network
from liveportrait.networks.face_detection_network import NUM_ANCHORS, VALUES_PER_ANCHOR, FaceCandidates
from liveportrait.networks.face_landmark_network import NUM_POINTS, FaceLandmarkPrediction

LandmarkSet: TypeAlias = Literal["mesh", "released", "face-alignment"]
"""Whose points a face has: the 478 of Google's mesh, the 203 of the released network, whose crops are the
reference's, or the 68 of the face-alignment package."""

DETECTION = Signature(
    name="face_detection_network",
    inputs=(TensorSpec(name="image", shape=(3, *2 * (face_detection_network.INPUT_SIZE_PX,))),),
    outputs=(
        TensorSpec(name="values", shape=(NUM_ANCHORS, VALUES_PER_ANCHOR)),
        TensorSpec(name="logits", shape=(NUM_ANCHORS,)),
    ),
)
LANDMARKS = Signature(
    name="face_landmark_network",
    inputs=(TensorSpec(name="image", shape=(3, *2 * (face_landmark_network.INPUT_SIZE_PX,))),),
    outputs=(TensorSpec(name="points", shape=(NUM_POINTS, 3)), TensorSpec(name="presence_logit", shape=())),
)
BLENDSHAPES = Signature(
    name="face_blendshape_network",
    inputs=(TensorSpec(name="points", shape=(face_blendshape_network.NUM_INPUT_POINTS, 2)),),
    outputs=(TensorSpec(name="coefficients", shape=(face_blendshape_network.NUM_BLENDSHAPES,)),),
)


def open_face_analyzer(
    landmark_set: LandmarkSet = "mesh",
    *,
    engine: EngineConfig | None = None,
    landmark_network: AnyPath | None = None,
) -> FaceAnalyzer:
    """The analyser of a landmark set. The mesh finds the faces in each case.

    Args:
        landmark_network: The released landmark.onnx, where it is not among the downloaded weights.

    Raises:
        EngineUnavailableError: when the engine, the device or a package cannot be had here.
        WeightsError: when the released network is missing or damaged.
        SettingError: when a network is named and not used.
    """
    check_choice("landmark_set", landmark_set, LandmarkSet)
    if landmark_network is not None and landmark_set != "released":
        raise SettingError(
            f"landmark_network is for the landmark set 'released'; {landmark_set!r} has no use for it."
        )
    mesh = open_face_landmarker(engine=engine)
    if landmark_set == "mesh":
        return mesh
    try:
        return RefiningAnalyzer(mesh, _finder(landmark_set, engine or EngineConfig(), landmark_network))
    except BaseException:
        mesh.close()
        raise


def _finder(
    landmark_set: LandmarkSet, engine: EngineConfig, landmark_network: AnyPath | None
) -> LandmarkFinder:
    if landmark_set == "released":
        downloaded = released_weights_dir() / "liveportrait" / "landmark.onnx"
        return load_landmarks_203(Path(landmark_network or downloaded))
    return load_face_alignment_68(device=str(find_device(engine.device)))


def open_face_landmarker(
    *, engine: EngineConfig | None = None, config: FaceLandmarkerConfig | None = None
) -> FaceLandmarker:
    """The default analyser on the engine that was asked for, or on the best that works here.

    Landmarks are coordinates: it computes in fp32 whatever the precision of the model.

    Raises:
        EngineUnavailableError: when the engine or the device cannot be had here.
    """
    engine = engine or EngineConfig()
    return make_face_landmarker(open_face_networks(engine), device=find_device(engine.device), config=config)


def open_face_networks(engine: EngineConfig) -> FaceNetworks:
    """The three networks; the one for blendshapes is opened when it is first asked."""
    exact = replace(engine, precision="fp32", exported=None)
    opened = ExitStack()

    def open_one(module: nn.Module, signature: Signature) -> Engine:
        engine = open_module_engine(module, signature, config=exact)
        opened.callback(engine.close)
        return engine

    @cache
    def blendshapes() -> BlendshapeNetwork:
        return function_of(
            open_one(load_blendshape_network(), BLENDSHAPES), lambda coefficients: coefficients
        )

    def call_blendshapes(points: Tensor) -> Tensor:
        return blendshapes()(points)

    return FaceNetworks(
        detection=function_of(open_one(load_detection_network(), DETECTION), FaceCandidates),
        landmarks=function_of(open_one(load_landmark_network(), LANDMARKS), FaceLandmarkPrediction),
        blendshapes=call_blendshapes,
        let_go=opened.close,
    )
