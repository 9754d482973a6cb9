"""The test portrait and the default analyser, loaded once."""

from pathlib import Path

import cv2
import pytest

from liveportrait.arrays import FrameRGB
from liveportrait.face.face_landmarker import FaceLandmarker
from liveportrait.face.loading import load_face_landmarker
from liveportrait.face.protocol import Face


@pytest.fixture(scope="session")
def astronaut() -> FrameRGB:
    file = Path(__file__).parents[2] / "examples" / "astronaut.jpg"
    picture = cv2.imread(str(file))
    assert picture is not None, f"{file} is missing"
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


@pytest.fixture(scope="session")
def analyzer() -> FaceLandmarker:
    return load_face_landmarker()


@pytest.fixture(scope="session")
def astronaut_face(analyzer: FaceLandmarker, astronaut: FrameRGB) -> Face:
    (face,) = analyzer.detect(astronaut)
    return face
