"""Recognisers in ONNX see one upright face in their own scale, and say what they are."""

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from liveportrait.dataset.generators.face_vectors import ArcFaceOnnx, FaceVectors, aligned_face
from liveportrait.dataset.generators.hub_models import HubModel
from liveportrait.errors import ManyFacesError, NoFaceError, WeightsError
from liveportrait.face.loading import load_face_landmarker
from liveportrait.face.protocol import FaceAnalyzer
from tests.dataset.generators.fakes import write_recogniser
from tests.portraits import portrait, two_people, wall

MODEL = HubModel(id="fake/arcface", revision=None, licence="MIT")


@pytest.fixture(scope="module")
def analyzer() -> FaceAnalyzer:
    return load_face_landmarker()


def test_the_network_sees_the_aligned_face_as_rgb_from_minus_one_to_one(
    analyzer: FaceAnalyzer, tmp_path: Path
) -> None:
    vectors = ArcFaceOnnx.load(write_recogniser(tmp_path / "net.onnx"), model=MODEL, analyzer=analyzer)
    frame = portrait(256)
    seen = vectors(frame)
    expected = aligned_face(frame, analyzer.detect(frame)[0])

    assert isinstance(vectors, FaceVectors)
    assert seen.shape == (512,)
    assert np.allclose(seen, expected[0, 0].reshape(-1)[:512] * 2 - 1, atol=1e-6)
    assert -1 <= seen.min() < seen.max() <= 1


def test_a_turned_head_is_upright_again(analyzer: FaceAnalyzer) -> None:
    frame = portrait(256)
    matrix = cv2.getRotationMatrix2D((128, 128), 20, 1.0)
    tilted = cv2.warpAffine(frame, matrix, (256, 256), borderValue=(90, 90, 90))
    one, other = (
        aligned_face(picture, analyzer.detect(picture)[0])[0, :, 30:90, 30:80] for picture in (frame, tilted)
    )

    assert np.abs(one - other).mean() < 0.05


def test_it_is_recorded_by_its_files_hash(analyzer: FaceAnalyzer, tmp_path: Path) -> None:
    path = write_recogniser(tmp_path / "net.onnx")
    (model,) = ArcFaceOnnx.load(path, model=MODEL, analyzer=analyzer).models

    assert (model.id, model.licence) == ("fake/arcface", "MIT")
    assert model.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_not_exactly_one_face_is_a_typed_error(analyzer: FaceAnalyzer, tmp_path: Path) -> None:
    vectors = ArcFaceOnnx.load(write_recogniser(tmp_path / "net.onnx"), model=MODEL, analyzer=analyzer)
    with pytest.raises(NoFaceError):
        vectors(wall(256))
    with pytest.raises(ManyFacesError):
        vectors(two_people(256))


@pytest.mark.parametrize(("width", "scale"), [(128, 1.0), (512, float("nan"))])
def test_a_network_that_makes_no_such_vector_is_refused(
    analyzer: FaceAnalyzer, tmp_path: Path, width: int, scale: float
) -> None:
    path = write_recogniser(tmp_path / "net.onnx", width=width, scale=scale)
    vectors = ArcFaceOnnx.load(path, model=MODEL, analyzer=analyzer)
    with pytest.raises(WeightsError, match="fake/arcface made numbers of shape .* expected 512 finite ones"):
        vectors(portrait(256))


def test_files_that_are_none_are_refused_by_name(analyzer: FaceAnalyzer, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="nowhere.onnx is missing"):
        ArcFaceOnnx.load(tmp_path / "nowhere.onnx", model=MODEL, analyzer=analyzer)
    (tmp_path / "bad.onnx").write_bytes(b"no network")
    with pytest.raises(WeightsError, match="no ONNX file that onnxruntime can open"):
        ArcFaceOnnx.load(tmp_path / "bad.onnx", model=MODEL, analyzer=analyzer)
