"""The default face analyser on an engine: the same networks, several times as fast on a CPU."""

from contextlib import ExitStack
from dataclasses import replace
from functools import cache

from torch import Tensor, nn

from liveportrait.engines.config import EngineConfig, find_device
from liveportrait.engines.opening import open_module_engine
from liveportrait.engines.protocol import Engine, Signature, TensorSpec
from liveportrait.engines.typed_calls import function_of
from liveportrait.face.face_landmarker import BlendshapeNetwork, FaceLandmarker, FaceLandmarkerConfig
from liveportrait.face.loading import (
    FaceNetworks,
    load_blendshape_network,
    load_detection_network,
    load_landmark_network,
    make_face_landmarker,
)
from liveportrait.networks import face_blendshape_network, face_detection_network, face_landmark_network
from liveportrait.networks.face_detection_network import NUM_ANCHORS, VALUES_PER_ANCHOR, FaceCandidates
from liveportrait.networks.face_landmark_network import NUM_POINTS, FaceLandmarkPrediction

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
