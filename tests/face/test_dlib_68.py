from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from liveportrait.arrays import FrameRGB
from liveportrait.errors import EngineUnavailableError
from liveportrait.face import dlib_68
from liveportrait.face.dlib_68 import WEIGHTS, Dlib68, face_box, load_dlib_68
from liveportrait.face.layouts import layout_of
from liveportrait.face.protocol import Face
from liveportrait.face.ratios import eye_open_ratios, lip_open_ratio

needs_dlib = pytest.mark.skipif(
    find_spec("dlib") is None or find_spec("face_recognition_models") is None, reason="dlib not installed"
)


def test_the_predictor_is_asked_about_the_box_and_read_in_order(
    astronaut: FrameRGB, astronaut_face: Face
) -> None:
    asked = []

    def predictor(frame: FrameRGB, rectangle: tuple[int, ...]) -> SimpleNamespace:
        asked.append(rectangle)
        return SimpleNamespace(parts=lambda: [SimpleNamespace(x=index, y=2 * index) for index in range(68)])

    found = Dlib68(predictor, lambda *edges: edges)(astronaut, astronaut_face)
    assert_allclose(found, np.arange(68)[:, None] * [[1, 2]])
    assert asked == [tuple(round(float(edge)) for edge in face_box(astronaut_face.landmarks))]


def test_the_box_is_square_and_leaves_the_forehead_out(astronaut_face: Face) -> None:
    left, top, right, bottom = face_box(astronaut_face.landmarks)
    assert right - left == pytest.approx(bottom - top, rel=1e-4)
    assert top > astronaut_face.landmarks[10, 1], "the mesh's highest point is at the hair"


@needs_dlib
def test_two_landmarkers_see_the_same_face(astronaut: FrameRGB, astronaut_face: Face) -> None:
    found, mesh = load_dlib_68()(astronaut, astronaut_face), astronaut_face.landmarks
    for eye in ("first_eye", "second_eye"):
        ours, theirs = (
            points[list(getattr(layout_of(points), eye))].mean(axis=0) for points in (found, mesh)
        )
        assert_allclose(ours, theirs, atol=3)
    assert_allclose(eye_open_ratios(found), eye_open_ratios(mesh), atol=0.05)
    assert_allclose(lip_open_ratio(found), lip_open_ratio(mesh), atol=0.05)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(dlib_68.importlib, "import_module", missing)
    with pytest.raises(EngineUnavailableError, match="pip install dlib-bin"):
        load_dlib_68()


def test_the_terms_of_the_weights_are_told() -> None:
    assert "no commercial use" in WEIGHTS.licence
