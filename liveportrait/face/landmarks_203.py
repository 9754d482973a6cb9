"""The released 203-point landmark network, for users who have its file: crops then match the reference's."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from liveportrait.arrays import FrameRGB, Landmarks
from liveportrait.errors import EngineUnavailableError, WeightsError
from liveportrait.face.cropping import CropConfig, crop_face
from liveportrait.face.protocol import Face
from liveportrait.geometry import apply_transform

NUM_POINTS = 203
INPUT_CROP = CropConfig(scale=1.5, shift_down=-0.1)
INPUT_SIZE_PX = 224

Landmarks203Network: TypeAlias = Callable[[Float32[ndarray, "1 3 224 224"]], Float32[ndarray, "..."]]
"""A crop, RGB 0..1, to 203 points (x, y) as fractions of the crop."""


class Landmarks203:
    """A `LandmarkFinder`; from any landmarks with eyes and lips."""

    def __init__(self, network: Landmarks203Network) -> None:
        self._network = network

    def __call__(self, frame: FrameRGB, face: Face) -> Landmarks:
        crop = crop_face(frame, face.landmarks, config=INPUT_CROP, size_px=INPUT_SIZE_PX)
        image = crop.image.astype(np.float32).transpose(2, 0, 1)[None] / 255.0
        points = self._network(image).reshape(NUM_POINTS, 2) * INPUT_SIZE_PX
        return apply_transform(crop.frame_from_crop, points)


def load_landmarks_203(file: Path) -> Landmarks203:
    """From the released `landmark.onnx`, run by onnxruntime on the CPU."""
    try:
        import onnxruntime
    except ImportError:
        raise EngineUnavailableError(
            "The 203-point landmarks need onnxruntime: pip install 'liveportrait[onnx]'."
        ) from None
    if not file.is_file():
        raise WeightsError(
            f"Expected the released landmark network in {file}; there is no such file. Fetch it with "
            "'liveportrait weights download', or name yours as landmark_network."
        )
    try:
        session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has no common base class for a file that it cannot read
        raise WeightsError(f"Expected an ONNX network in {file}; onnxruntime says: {error}") from error
    return Landmarks203(_runner(session, file))


def _runner(session: Any, file: Path) -> Landmarks203Network:
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1 or len(outputs) < 3:
        raise WeightsError(
            f"Expected a network with one input and three outputs, the third 203 points, in {file}; "
            f"got {len(inputs)} inputs and {len(outputs)} outputs."
        )
    input_name, points_name = inputs[0].name, outputs[2].name

    def run(image: Float32[ndarray, "1 3 224 224"]) -> Float32[ndarray, "..."]:
        return session.run([points_name], {input_name: image})[0]

    return run
