"""The crop follows the face, and leads back to the frame."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from liveportrait.arrays import FrameRGB
from liveportrait.errors import SettingError
from liveportrait.face.cropping import (
    DRIVING_CROP,
    CropConfig,
    crop_face,
    crop_square,
    face_square,
    face_tilt_rad,
)
from liveportrait.face.protocol import Face
from liveportrait.face.square import Square
from liveportrait.geometry import apply_transform, similarity
from tests.face.random_faces import random_landmarks

LAYOUTS = st.sampled_from([5, 9, 68, 101, 106, 203, 468, 478])


def black(height: int = 480, width: int = 640) -> FrameRGB:
    return np.zeros((height, width, 3), np.uint8)


@given(num_points=LAYOUTS, seed=st.integers(0, 1000))
def test_a_crop_leads_back_to_its_frame(num_points: int, seed: int) -> None:
    square = face_square(random_landmarks(num_points, seed=seed), config=CropConfig())
    there_and_back = square.frame_from_crop(size_px=512) @ square.crop_from_frame(size_px=512)
    assert_allclose(there_and_back, np.eye(3), atol=1e-9)


@given(
    num_points=LAYOUTS,
    angle=st.floats(-1.5, 1.5),
    scale=st.floats(0.3, 3.0),
    shift=st.tuples(st.floats(-200, 200), st.floats(-200, 200)),
)
def test_a_moved_face_lies_the_same_in_its_crop(
    num_points: int, angle: float, scale: float, shift: tuple[float, float]
) -> None:
    landmarks = random_landmarks(num_points)
    move = similarity(scale=scale, angle_rad=angle, from_xy=(320.0, 240.0), to_xy=shift)
    moved = apply_transform(move, landmarks)
    config = CropConfig()
    before = apply_transform(face_square(landmarks, config=config).crop_from_frame(size_px=512), landmarks)
    after = apply_transform(face_square(moved, config=config).crop_from_frame(size_px=512), moved)
    assert_allclose(after, before, atol=0.1)


def test_a_clockwise_tilt_is_positive() -> None:
    clockwise = similarity(scale=1.0, angle_rad=0.3, from_xy=(0.0, 0.0), to_xy=(0.0, 0.0))
    landmarks = random_landmarks()
    tilted = face_tilt_rad(apply_transform(clockwise, landmarks)) - face_tilt_rad(landmarks)
    assert abs(tilted - 0.3) < 1e-4


def test_eyes_and_lips_in_one_point_count_as_upright() -> None:
    assert face_tilt_rad(np.full((5, 2), 7.0, np.float32)) == 0.0


def test_the_mesh_is_cut_as_its_outline_without_the_forehead(astronaut_face: Face) -> None:
    landmarks = astronaut_face.landmarks
    raised = landmarks.copy()
    raised[10] -= 40, 40
    config = CropConfig()
    assert face_square(raised, config=config) == face_square(landmarks, config=config)


def test_the_portrait_is_cut_from_hair_to_collar(astronaut: FrameRGB, astronaut_face: Face) -> None:
    crop = crop_face(astronaut, astronaut_face.landmarks)
    eyes_and_chin = apply_transform(crop.crop_from_frame, astronaut_face.landmarks)[[33, 263, 152]]
    # Read off the released model's own crops: eyes a little over the middle, chin at four fifths.
    assert_allclose(eyes_and_chin, [[190, 245], [325, 245], [256, 435]], atol=25)


def test_a_crop_out_of_the_frame_is_black_outside() -> None:
    frame = np.full((100, 100, 3), 255, np.uint8)
    crop = crop_face(frame, random_landmarks(centre_xy=(0.0, 0.0), size_px=60.0))
    assert crop.image[:100, :100].max() == 0
    assert crop.image[-150:, -150:].min() == 255


def test_a_crop_out_of_the_frame_goes_on_with_its_edge() -> None:
    frame = np.full((100, 100, 3), 50, np.uint8)
    frame[:10], frame[:, :10], frame[0, 0] = 200, 120, 77
    for side_px in (120.0, 400.0):  # enlarged, and averaged down
        crop = crop_square(frame, Square(centre_xy=(50.0, 50.0), side_px=side_px), size_px=100, beyond="edge")
        assert crop.image.min() >= 50
        assert (crop.image[0, 50] == 200).all()
        assert (crop.image[50, 0] == 120).all()
        assert (crop.image[99, 50] == 50).all()


def test_a_crop_far_outside_is_all_black() -> None:
    frame = np.full((3000, 3000, 3), 255, np.uint8)
    crop = crop_face(frame, random_landmarks(centre_xy=(-90000.0, 0.0), size_px=2000.0))
    assert crop.image.max() == 0


def test_a_large_face_is_averaged_down_and_not_sampled() -> None:
    checkerboard = (np.indices((1600, 1600)).sum(axis=0) % 2 * 255).astype(np.uint8)
    frame = np.repeat(checkerboard[..., None], 3, axis=-1)
    crop = crop_face(
        frame,
        random_landmarks(centre_xy=(800.0, 800.0), size_px=550.0),
        config=CropConfig(shift_down=0.0),
        size_px=128,
    )
    assert abs(crop.image[32:96, 32:96].astype(int) - 127).max() < 10


def test_averaging_down_keeps_things_in_their_place() -> None:
    frame = black(1600, 1600)
    frame[900:1000, 500:600] = 255
    landmarks = random_landmarks(centre_xy=(800.0, 800.0), size_px=550.0)
    crop = crop_face(frame, landmarks, size_px=128)
    rows, columns = np.nonzero(crop.image[..., 0] > 127)
    middle = apply_transform(crop.frame_from_crop, np.array([[columns.mean(), rows.mean()]]))
    assert_allclose(middle, [[549.5, 949.5]], atol=5.0)


def test_the_frame_is_left_as_it_was(astronaut: FrameRGB, astronaut_face: Face) -> None:
    before = astronaut.copy()
    crop_face(astronaut, astronaut_face.landmarks)
    assert (astronaut == before).all()


@pytest.mark.parametrize(
    "wrong",
    [
        *({"scale": value} for value in (0.0, -1.0, math.nan, math.inf, 1e6)),
        *({"shift_down": value} for value in (math.nan, -math.inf, 1e6)),
        {"shift_right": math.nan},
    ],
)
def test_a_crop_that_is_nowhere_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingError, match="The crop.* is .*; give"):
        CropConfig(**wrong)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_landmarks_that_are_no_numbers_are_refused(value: float) -> None:
    landmarks = random_landmarks()
    landmarks[3, 1] = value
    with pytest.raises(SettingError, match="NaN or infinite"):
        crop_face(black(), landmarks)


def test_landmarks_in_one_point_are_refused() -> None:
    with pytest.raises(SettingError, match="within one pixel"):
        crop_face(black(), np.full((106, 2), 50.0, np.float32))


def test_an_unknown_number_of_landmarks_is_refused() -> None:
    with pytest.raises(SettingError, match="got 42"):
        crop_face(black(), np.zeros((42, 2), np.float32))


@pytest.mark.parametrize(
    ("config", "scale", "shift_down"), [(CropConfig(), 2.3, -0.125), (DRIVING_CROP, 2.2, -0.1)]
)
def test_crops_are_as_large_and_as_high_as_the_reference_cuts_them(
    config: CropConfig, scale: float, shift_down: float
) -> None:
    landmarks = random_landmarks(centre_xy=(300.0, 200.0), size_px=100.0)
    upright = replace(config, orientation="as_is")
    face = face_square(landmarks, config=replace(upright, scale=1.0, shift_down=0.0))
    around = face_square(landmarks, config=upright)
    assert_allclose(around.side_px, scale * face.side_px)
    tilt = face_tilt_rad(landmarks)
    down = around.side_px * shift_down * np.array([-np.sin(tilt), np.cos(tilt)])
    assert_allclose(np.subtract(around.centre_xy, face.centre_xy), down, atol=1e-6)
