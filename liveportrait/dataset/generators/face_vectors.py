"""Who is on a picture, as the vector that a recogniser of faces makes of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from liveportrait.arrays import FrameRGB
from liveportrait.dataset.generators.animation import only_face
from liveportrait.dataset.generators.hub_models import HubModel, reference
from liveportrait.dataset.schema.images import ModelRef
from liveportrait.errors import EngineUnavailableError, WeightsError
from liveportrait.face.protocol import Face, FaceAnalyzer
from liveportrait.judges.face_alignment import align_faces, five_points
from liveportrait.pixels import image_from_frame

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

VECTOR_WIDTH = 512

FaceVector: TypeAlias = Float32[ndarray, "512"]
"""As the recogniser makes it: its direction is the person, its length is not 1."""


@runtime_checkable
class FaceVectors(Protocol):
    """A recogniser of faces, its own detection and alignment included."""

    @property
    def models(self) -> tuple[ModelRef, ...]: ...

    def __call__(self, frame: FrameRGB) -> FaceVector:
        """The vector of the one face on the picture.

        Raises:
            NoFaceError, ManyFacesError: when there is not exactly one.
        """
        ...


class ArcFaceOnnx:
    """A recogniser of the ArcFace family in ONNX: 112 px in, 512 numbers out, on the CPU.

    So are `arcface.onnx` of Arc2Face and `glintr100.onnx` of antelopev2. Values enter as -1..1, RGB,
    as InsightFace feeds networks that carry no scaling of their own. Faces are found by this
    library's analyser, and not by the detector that those networks usually come with: vectors
    of the same picture differ a little from InsightFace's.
    """

    def __init__(self, session: "InferenceSession", model: ModelRef, analyzer: FaceAnalyzer) -> None:
        self._session, self._model, self._analyzer = session, model, analyzer

    @classmethod
    def load(cls, path: Path, *, model: HubModel, analyzer: FaceAnalyzer) -> "ArcFaceOnnx":
        """From the user's file; `model` says what it is."""
        if not path.is_file():
            raise WeightsError(f"{path} is missing: expected {path.name} of {model.id} there.")
        return cls(_session(path), reference(model, path), analyzer)

    @property
    def models(self) -> tuple[ModelRef, ...]:
        return (self._model,)

    def __call__(self, frame: FrameRGB) -> FaceVector:
        return self.of_face(frame, only_face(self._analyzer.detect(frame), many_faces="refuse"))

    def of_face(self, frame: FrameRGB, face: Face) -> FaceVector:
        """The vector of a face that was found already."""
        pixels = aligned_face(frame, face) * 2 - 1
        (output,) = self._session.run(None, {self._session.get_inputs()[0].name: pixels})
        vector = np.asarray(output, np.float32).reshape(-1)
        if vector.shape != (VECTOR_WIDTH,) or not np.isfinite(vector).all():
            raise WeightsError(
                f"{self._model.id} made numbers of shape {vector.shape} of a face: expected {VECTOR_WIDTH} "
                "finite ones."
            )
        return vector


def aligned_face(frame: FrameRGB, face: Face) -> Float32[ndarray, "1 3 112 112"]:
    """The face upright in 112 px by its five points, RGB, 0..1."""
    height, width = frame.shape[:2]
    points = five_points(face.landmarks, size_wh=(width, height))
    return align_faces(image_from_frame(frame), points).numpy()


def _session(path: Path) -> "InferenceSession":
    try:
        import onnxruntime
    except ImportError as fault:
        raise EngineUnavailableError(
            f"{path} needs onnxruntime: pip install 'liveportrait[onnx]'."
        ) from fault
    try:
        return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    except Exception as fault:  # onnxruntime has no common error
        raise WeightsError(f"{path} is no ONNX file that onnxruntime can open: {fault}") from fault
