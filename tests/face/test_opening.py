"""The default analyser on whatever engine is here finds what it finds in PyTorch."""

import logging
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from liveportrait.arrays import FrameRGB
from liveportrait.engines.config import EngineConfig
from liveportrait.errors import SettingError, WeightsError
from liveportrait.face import opening
from liveportrait.face.face_landmarker import FaceLandmarker
from liveportrait.face.opening import open_face_analyzer, open_face_landmarker, open_face_networks
from liveportrait.face.protocol import Face

CPU = EngineConfig(device="cpu", num_threads=1)


@pytest.fixture(scope="module")
def opened() -> FaceLandmarker:
    return open_face_landmarker(engine=CPU)


def test_points_are_those_of_pytorch(
    opened: FaceLandmarker, astronaut: FrameRGB, astronaut_face: Face
) -> None:
    (face,) = opened.detect(astronaut)
    assert_allclose(face.landmarks, astronaut_face.landmarks, atol=0.01)
    assert astronaut_face.depth_px is not None and face.depth_px is not None
    assert_allclose(face.depth_px, astronaut_face.depth_px, atol=0.02)
    assert face.score == pytest.approx(astronaut_face.score, abs=1e-4)


def test_several_frames_at_once_are_not_mixed(
    opened: FaceLandmarker, astronaut: FrameRGB, astronaut_face: Face
) -> None:
    mirrored = np.ascontiguousarray(astronaut[:, ::-1])
    blank = np.zeros_like(astronaut)
    first, none, second, again = opened.detect_many([astronaut, blank, mirrored, astronaut])
    assert none == []
    assert_allclose(first[0].landmarks, astronaut_face.landmarks, atol=0.01)
    assert_allclose(first[0].landmarks, again[0].landmarks)
    assert np.abs(second[0].landmarks - first[0].landmarks).max() > 20


def test_a_face_is_kept_while_the_next_one_is_found(opened: FaceLandmarker, astronaut: FrameRGB) -> None:
    (face,) = opened.detect(astronaut)
    landmarks = face.landmarks.copy()
    opened.refine(np.ascontiguousarray(astronaut[40:, 30:]), face.landmarks)
    assert_allclose(face.landmarks, landmarks)


def test_blendshapes_are_those_of_pytorch(
    opened: FaceLandmarker, analyzer: FaceLandmarker, astronaut_face: Face
) -> None:
    assert_allclose(opened.blendshapes([astronaut_face]), analyzer.blendshapes([astronaut_face]), atol=1e-4)


def test_the_blendshape_network_is_opened_when_asked_and_once(
    monkeypatch: pytest.MonkeyPatch, astronaut_face: Face
) -> None:
    names: list[str] = []
    open_engine = opening.open_module_engine

    def counted(module, signature, *, config):
        names.append(signature.name)
        return open_engine(module, signature, config=config)

    monkeypatch.setattr(opening, "open_module_engine", counted)
    landmarker = open_face_landmarker(engine=CPU)
    assert names == ["face_detection_network", "face_landmark_network"]
    for _ in range(2):
        landmarker.blendshapes([astronaut_face])
    assert names[2:] == ["face_blendshape_network"]


def test_what_a_landmark_set_needs_is_told_and_nothing_stays_open(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    closed: list[str] = []
    monkeypatch.setattr(FaceLandmarker, "close", lambda self: closed.append("mesh"))
    with pytest.raises(WeightsError, match="name yours as landmark_network"):
        open_face_analyzer("released", engine=CPU, landmark_network=str(tmp_path / "none.onnx"))
    assert closed == ["mesh"]
    with pytest.raises(SettingError, match="for the landmark set 'released'"):
        open_face_analyzer("mesh", engine=CPU, landmark_network=tmp_path / "none.onnx")


def test_it_is_exact_whatever_the_model_computes_in(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        open_face_networks(EngineConfig(engine="torch", precision="bf16", device="cpu"))
    assert "Engine of face_landmark_network: torch in fp32 on cpu" in caplog.text
