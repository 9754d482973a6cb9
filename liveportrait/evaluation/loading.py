"""The usual judges, from weights that come with the library or inside packages."""

from typing import Literal, assert_never

from safetensors.numpy import load_file

from liveportrait.checkpoints.bundled import bundled_weights_dir
from liveportrait.evaluation.judging import Judges
from liveportrait.face.dlib_68 import load_dlib_68
from liveportrait.face.loading import load_face_landmarker
from liveportrait.face.refining import LandmarkFinder
from liveportrait.judges.mobilenet_v2 import load_mobilenet_v2
from liveportrait.judges.sface import load_sface

SecondLandmarker = Literal["dlib", "none"]
"""dlib's 68 points taught no model of ours; their weights exclude commercial use."""


def load_judges(*, second_landmarker: SecondLandmarker = "dlib") -> Judges:
    """All judges, on the CPU.

    Raises:
        WeightsError: when a package that carries weights is not installed; it says which.
        EngineUnavailableError: when dlib is wanted and not installed.
    """
    return Judges(
        landmarker=load_face_landmarker(),
        head=load_file(bundled_weights_dir() / "face" / "canonical_face.safetensors")["vertices_cm"],
        backbone=load_mobilenet_v2(),
        embedder=load_sface(),
        second_landmarker=_load_second(second_landmarker),
    )


def _load_second(which: SecondLandmarker) -> LandmarkFinder | None:
    match which:
        case "dlib":
            return load_dlib_68()
        case "none":
            return None
        case _:
            assert_never(which)
