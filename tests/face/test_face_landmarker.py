"""The default analyser on a real face: where it is, however it stands, and where there is none."""

import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose

from liveportrait.arrays import FrameRGB, Landmarks
from liveportrait.errors import SettingError
from liveportrait.face.blendshapes import BLENDSHAPE_NAMES
from liveportrait.face.face_landmarker import FaceLandmarker, FaceLandmarkerConfig
from liveportrait.face.layouts import layout_of
from liveportrait.face.loading import load_face_landmarker
from liveportrait.face.protocol import Face
from liveportrait.judges.face_alignment import FIVE_MESH_POINTS

RIGHT_EYE, LEFT_EYE, NOSE_TIP, CHIN = 33, 263, 1, 152


def assert_same_points(found: Landmarks, expected: Landmarks, *, of_face: float) -> None:
    """The mean distance is within that fraction of the face's size."""
    size = np.ptp(expected, axis=0).max()
    assert np.linalg.norm(found - expected, axis=1).mean() < of_face * size


def canvas(height: int, width: int, *, grey: int = 120) -> FrameRGB:
    return np.full((height, width, 3), grey, np.uint8)


def test_the_face_is_where_it_is_seen(astronaut_face: Face) -> None:
    # Read off the picture by eye.
    seen = {RIGHT_EYE: (196, 100), LEFT_EYE: (256, 103), NOSE_TIP: (223, 131), CHIN: (221, 178)}
    for index, place in seen.items():
        assert_allclose(astronaut_face.landmarks[index], place, atol=4)
    assert astronaut_face.landmarks.shape == (478, 2)
    assert astronaut_face.score > 0.99


def test_the_nose_is_nearer_than_the_ears(astronaut_face: Face) -> None:
    assert astronaut_face.depth_px is not None
    assert astronaut_face.depth_px[NOSE_TIP] < astronaut_face.depth_px[[234, 454]].min() - 20


def test_she_smiles_with_open_eyes(analyzer: FaceLandmarker, astronaut_face: Face) -> None:
    (coefficients,) = analyzer.blendshapes([astronaut_face])
    named = dict(zip(BLENDSHAPE_NAMES, coefficients.tolist(), strict=True))
    assert min(named["mouthSmileLeft"], named["mouthSmileRight"]) > 0.5
    assert max(named["eyeBlinkLeft"], named["eyeBlinkRight"], named["mouthPucker"]) < 0.3


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_picture_on_its_side_or_head(
    turns: int, analyzer: FaceLandmarker, astronaut: FrameRGB, astronaut_face: Face
) -> None:
    size = astronaut.shape[0]
    expected = astronaut_face.landmarks
    for _ in range(turns):
        x, y = expected.T
        expected = np.stack([y, size - 1 - x], axis=1)
    (face,) = analyzer.detect(np.ascontiguousarray(np.rot90(astronaut, turns)))
    assert_same_points(face.landmarks, expected, of_face=0.02)


def test_a_mirrored_picture_has_mirrored_points(
    analyzer: FaceLandmarker, astronaut: FrameRGB, astronaut_face: Face
) -> None:
    (face,) = analyzer.detect(np.ascontiguousarray(astronaut[:, ::-1]))
    mirrored_middle = astronaut.shape[1] - 1 - astronaut_face.landmarks[:, 0].mean()
    assert abs(face.landmarks[:, 0].mean() - mirrored_middle) < 1.0


def test_a_small_face_in_a_large_frame(
    analyzer: FaceLandmarker, astronaut: FrameRGB, astronaut_face: Face
) -> None:
    frame = canvas(720, 1280)
    frame[150:406, 900:1156] = cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA)
    (face,) = analyzer.detect(frame)
    assert_same_points(face.landmarks, astronaut_face.landmarks / 2 + [900, 150], of_face=0.03)


def test_a_face_is_found_among_doubtful_sights_the_other_ways_up(
    analyzer: FaceLandmarker, astronaut: FrameRGB, astronaut_face: Face
) -> None:
    # A ninth of the frame: too small for one look, which instead sees ghosts when the frame is turned.
    frame = canvas(1024, 1820, grey=90)
    frame[:, 236:1260] = cv2.resize(astronaut, (1024, 1024), interpolation=cv2.INTER_CUBIC)
    (face,) = analyzer.detect(frame)
    shift = np.array([236.5, 0.5], np.float32)
    assert_same_points(face.landmarks, astronaut_face.landmarks * 2 + shift, of_face=0.02)


def test_many_faces_come_largest_first(analyzer: FaceLandmarker, astronaut: FrameRGB) -> None:
    portrait = astronaut[:260, 90:350]
    frame = canvas(520, 820)
    frame[100:360, 10:270] = portrait
    frame[:, 300:] = cv2.resize(portrait, (520, 520), interpolation=cv2.INTER_LINEAR)
    first, second = analyzer.detect(frame)
    assert first.area_px > 3 * second.area_px
    assert first.bbox_xyxy[0] > 300 and second.bbox_xyxy[2] < 270


def test_an_exhaustive_search_finds_one_face_once(astronaut: FrameRGB) -> None:
    analyzer = load_face_landmarker(config=FaceLandmarkerConfig(effort="exhaustive"))
    assert len(analyzer.detect(astronaut)) == 1


def test_an_exhaustive_search_finds_a_small_face_beside_a_large_one(astronaut: FrameRGB) -> None:
    portrait = astronaut[:260, 90:350]
    frame = canvas(520, 820)
    frame[200:304, 50:154] = cv2.resize(portrait, (104, 104), interpolation=cv2.INTER_AREA)
    frame[:, 300:] = cv2.resize(portrait, (520, 520), interpolation=cv2.INTER_LINEAR)
    analyzer = load_face_landmarker(config=FaceLandmarkerConfig(effort="exhaustive"))
    assert len(analyzer.detect(frame)) == 2


def test_many_frames_at_once_equal_one_by_one(analyzer: FaceLandmarker, astronaut: FrameRGB) -> None:
    frames = [astronaut, canvas(64, 96), np.ascontiguousarray(astronaut[:400, 50:])]
    together = analyzer.detect_many(frames)
    assert [len(faces) for faces in together] == [1, 0, 1]
    for frame, faces in zip(frames, together, strict=True):
        for face, alone in zip(faces, analyzer.detect(frame), strict=True):
            assert_allclose(face.landmarks, alone.landmarks, atol=1e-2)


def test_refining_a_moved_face_follows_it(
    analyzer: FaceLandmarker, astronaut: FrameRGB, astronaut_face: Face
) -> None:
    shift = np.array([9, -6], np.float32)
    moved = np.roll(astronaut, shift.astype(int)[::-1], axis=(0, 1))
    face = analyzer.refine(moved, astronaut_face.landmarks)
    assert face is not None
    assert_same_points(face.landmarks, astronaut_face.landmarks + shift, of_face=0.02)


def test_refining_where_no_face_is_finds_none(
    analyzer: FaceLandmarker, astronaut: FrameRGB, astronaut_face: Face
) -> None:
    assert analyzer.refine(astronaut, astronaut_face.landmarks + np.array([100, 250], np.float32)) is None


def test_refining_takes_any_layout(
    analyzer: FaceLandmarker, astronaut: FrameRGB, astronaut_face: Face
) -> None:
    points = astronaut_face.landmarks
    mesh = layout_of(points)
    others = np.tile(points[NOSE_TIP], (68, 1))
    others[:20] = points[list(mesh.outline or ())][:20]
    others[[36, 39, 42, 45, 48, 54, 8, 19]] = points[[33, 133, 362, 263, 61, 291, CHIN, 105]]
    face = analyzer.refine(astronaut, others)
    assert face is not None
    assert_same_points(face.landmarks, points, of_face=0.03)


def test_five_points_tell_where_all_of_the_face_is(
    analyzer: FaceLandmarker, astronaut: FrameRGB, astronaut_face: Face
) -> None:
    face = analyzer.refine(astronaut, astronaut_face.landmarks[list(FIVE_MESH_POINTS)])
    assert face is not None
    assert face.score > 0.9
    assert_same_points(face.landmarks, astronaut_face.landmarks, of_face=0.03)


def test_a_face_in_a_given_box(analyzer: FaceLandmarker, astronaut: FrameRGB, astronaut_face: Face) -> None:
    face = analyzer.face_in_box(astronaut, np.array([170, 60, 280, 190], np.float32))
    assert_same_points(face.landmarks, astronaut_face.landmarks, of_face=0.03)


def test_a_box_may_hold_the_whole_head(
    analyzer: FaceLandmarker, astronaut: FrameRGB, astronaut_face: Face
) -> None:
    face = analyzer.face_in_box(astronaut, np.array([130, 20, 330, 220], np.float32))
    assert face.score > 0.9
    assert_same_points(face.landmarks, astronaut_face.landmarks, of_face=0.03)


def test_a_box_with_no_face_still_gives_points_with_a_low_score(
    analyzer: FaceLandmarker, astronaut: FrameRGB
) -> None:
    face = analyzer.face_in_box(astronaut, np.array([300, 350, 420, 480], np.float32))
    assert face.score < 0.5
    assert np.isfinite(face.landmarks).all()


@pytest.mark.parametrize("box", [[50, 50, 50, 90], [90, 10, 20, 60], [0, 0, np.nan, 5]])
def test_a_box_without_an_inside_is_refused(
    box: list[float], analyzer: FaceLandmarker, astronaut: FrameRGB
) -> None:
    with pytest.raises(SettingError, match="left < right"):
        analyzer.face_in_box(astronaut, np.array(box, np.float32))


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((300, 200, 3), np.uint8),
        np.full((2, 5000, 3), 200, np.uint8),
        np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8),
    ],
    ids=["one pixel", "black", "a line", "noise"],
)
def test_pictures_without_a_face(frame: FrameRGB, analyzer: FaceLandmarker) -> None:
    before = frame.copy()
    assert analyzer.detect(frame) == []
    assert (frame == before).all()


def test_a_grey_picture_has_a_face(
    analyzer: FaceLandmarker, astronaut: FrameRGB, astronaut_face: Face
) -> None:
    grey = cv2.cvtColor(cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    (face,) = analyzer.detect(grey)
    assert_same_points(face.landmarks, astronaut_face.landmarks, of_face=0.03)


def test_a_face_cut_by_the_border(
    analyzer: FaceLandmarker, astronaut: FrameRGB, astronaut_face: Face
) -> None:
    cut_left = 200
    (face,) = analyzer.detect(np.ascontiguousarray(astronaut[:, cut_left:]))
    still_there = astronaut_face.landmarks[:, 0] > cut_left + 15
    expected = astronaut_face.landmarks - np.array([cut_left, 0], np.float32)
    assert_same_points(face.landmarks[still_there], expected[still_there], of_face=0.06)


def test_landmarks_that_are_no_numbers_are_refused(analyzer: FaceLandmarker, astronaut: FrameRGB) -> None:
    with pytest.raises(SettingError, match="finite"):
        analyzer.refine(astronaut, np.full((478, 2), np.nan, np.float32))


def test_landmarks_of_an_unknown_layout_are_refused(analyzer: FaceLandmarker, astronaut: FrameRGB) -> None:
    with pytest.raises(SettingError, match="got 7"):
        analyzer.refine(astronaut, np.zeros((7, 2), np.float32))


def test_no_frames_give_no_faces(analyzer: FaceLandmarker) -> None:
    assert analyzer.detect_many([]) == []
    assert analyzer.blendshapes([]).shape == (0, 52)
