"""Other landmark sets behind the same seam: the 203-point network, and the face-alignment package."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from liveportrait.arrays import FrameRGB
from liveportrait.errors import EngineUnavailableError, WeightsError
from liveportrait.face.cropping import crop_face
from liveportrait.face.face_alignment_68 import load_face_alignment_68
from liveportrait.face.landmarks_203 import INPUT_CROP, INPUT_SIZE_PX, load_landmarks_203
from liveportrait.face.protocol import Face
from liveportrait.face.refining import RefiningAnalyzer
from liveportrait.geometry import apply_transform
from tests.face.fake_analyzer import FakeAnalyzer, face_at, numbered_frame

FACE = face_at(80, 45)


def write_network(file: Path, *, num_outputs: int = 3) -> None:
    """A stand-in for landmark.onnx: 203 times the mean colour (red, green), whatever the picture."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    helper, proto = onnx.helper, onnx.TensorProto
    nodes = [
        helper.make_node("ReduceMean", ["input"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("Slice", ["mean", "zero", "two", "one"], ["red_green"]),
        helper.make_node("Tile", ["red_green", "repeats"], ["points"]),
        helper.make_node("Identity", ["mean"], ["first"]),
        helper.make_node("Identity", ["mean"], ["second"]),
    ]
    integers = {"zero": [0], "two": [2], "one": [1], "repeats": [1, 203]}
    graph = helper.make_graph(
        nodes,
        "landmarks",
        [helper.make_tensor_value_info("input", proto.FLOAT, [1, 3, 224, 224])],
        [helper.make_tensor_value_info(name, proto.FLOAT, None) for name in ("first", "second", "points")][
            3 - num_outputs :
        ],
        [helper.make_tensor(name, proto.INT64, [len(value)], value) for name, value in integers.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(file))


def coloured_frame() -> FrameRGB:
    frame = np.zeros((90, 160, 3), np.uint8)
    frame[:] = 0, 204, 77
    return frame


def test_the_203_points_come_from_the_third_output_in_frame_pixels(tmp_path: Path) -> None:
    write_network(tmp_path / "landmark.onnx")
    frame = coloured_frame()
    analyzer = RefiningAnalyzer(FakeAnalyzer({0: [FACE]}), load_landmarks_203(tmp_path / "landmark.onnx"))
    (face,) = analyzer.detect(frame)
    assert face.landmarks.shape == (203, 2)
    crop = crop_face(frame, FACE.landmarks, config=INPUT_CROP, size_px=INPUT_SIZE_PX)
    red_green = crop.image.mean(axis=(0, 1))[:2] / 255 * 224
    assert_allclose(face.landmarks[0], apply_transform(crop.frame_from_crop, red_green[None])[0], atol=0.05)


def test_a_refiner_keeps_score_and_loses_with_its_analyser(tmp_path: Path) -> None:
    write_network(tmp_path / "landmark.onnx")
    analyzer = RefiningAnalyzer(FakeAnalyzer({0: [FACE]}), load_landmarks_203(tmp_path / "landmark.onnx"))
    refined = analyzer.refine(numbered_frame(0), FACE.landmarks)
    assert refined is not None and refined.score == FACE.score
    assert analyzer.refine(numbered_frame(1), FACE.landmarks) is None


def test_a_network_without_a_third_output_is_refused(tmp_path: Path) -> None:
    write_network(tmp_path / "landmark.onnx", num_outputs=1)
    with pytest.raises(WeightsError, match="third 203 points"):
        load_landmarks_203(tmp_path / "landmark.onnx")


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    file = tmp_path / "landmark.onnx"
    file.write_bytes(b"no network")
    with pytest.raises(WeightsError, match="onnxruntime says"):
        load_landmarks_203(file)
    with pytest.raises(WeightsError, match="no such file.*liveportrait weights download"):
        load_landmarks_203(tmp_path / "none.onnx")


@pytest.mark.parametrize(
    ("package", "load"),
    [
        ("onnxruntime", lambda: load_landmarks_203(Path("landmark.onnx"))),
        ("face_alignment", load_face_alignment_68),
    ],
)
def test_a_missing_package_is_named(package: str, load: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EngineUnavailableError, match="pip install"):
        load()


class FakeFaceAlignment:
    """The package's class as far as it is used: points on the corners of the box it is given."""

    def __init__(self, landmarks_type: int, **options: Any) -> None:
        assert landmarks_type == 1 and options["face_detector"] == "folder"

    def get_landmarks_from_image(self, image: FrameRGB, *, detected_faces: list[list[float]]) -> list[Any]:
        ((left, top, right, bottom),) = detected_faces
        return [np.array([[left, top], [right, bottom]] * 34)]


def test_face_alignment_is_given_our_box(monkeypatch: pytest.MonkeyPatch) -> None:
    package = ModuleType("face_alignment")
    package.__dict__.update(FaceAlignment=FakeFaceAlignment, LandmarksType=SimpleNamespace(TWO_D=1))
    monkeypatch.setitem(sys.modules, "face_alignment", package)
    analyzer = RefiningAnalyzer(FakeAnalyzer({0: [FACE]}), load_face_alignment_68())
    (face,) = analyzer.detect(numbered_frame(0))
    assert face.landmarks.shape == (68, 2)
    assert_allclose(face.bbox_xyxy, FACE.bbox_xyxy)
    assert isinstance(face, Face) and face.depth_px is None
