from dataclasses import replace

import cv2
import numpy as np
import pytest

from liveportrait.training.clip_filters import (
    FilterConfig,
    movement,
    sharpness,
    unfit_to_see,
    unfit_to_track,
)
from liveportrait.training.face_segments import FaceSegment
from tests.training.scripted_faces import face_at


def talking(num_frames: int = 20, *, size: float = 100.0) -> FaceSegment:
    faces = [face_at(100 + 3 * (number % 2), 100, size=size) for number in range(num_frames)]
    return FaceSegment(
        first_index=0,
        frame_stride=1,
        size_wh=(400, 400),
        landmarks=np.stack([face.landmarks for face in faces]),
        depth_px=np.zeros((num_frames, 478), np.float32),
        presence=np.ones(num_frames, np.float32),
    )


def still_face(num_frames: int) -> FaceSegment:
    segment = talking(num_frames)
    return replace(segment, landmarks=np.repeat(segment.landmarks[:1], num_frames, axis=0))


@pytest.mark.parametrize(
    ("segment", "reason"),
    [
        (talking(), None),
        (talking(7), "few_frames"),
        (talking(size=60.0), "small_face"),
        (replace(talking(), presence=np.linspace(0, 1, 20, dtype=np.float32)), "unsure_face"),
        (still_face(20), "static"),
    ],
)
def test_each_fault_is_told(segment: FaceSegment, reason: str | None) -> None:
    found = unfit_to_track(segment, FilterConfig(), is_still=False)
    assert (found and found.reason) == reason


def test_a_still_may_be_short_and_must_not_move() -> None:
    assert unfit_to_track(still_face(1), FilterConfig(), is_still=True) is None


def test_movement_is_in_sizes_of_the_face() -> None:
    small, large = talking(size=100.0), talking(size=200.0)
    assert movement(small) == pytest.approx(1.5 / 100 / 2, rel=0.01)  # half of it in x, none in y
    assert movement(small) == pytest.approx(2 * movement(large), rel=0.01)


def test_blur_is_told_from_detail_at_any_size() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (256, 256, 3), np.uint8)
    sharp = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2), np.empty(0), 0, 255, cv2.NORM_MINMAX)
    blurred = cv2.GaussianBlur(sharp, (0, 0), 8)
    assert unfit_to_see(sharp[None], face_share=0.5, config=FilterConfig()) is None
    found = unfit_to_see(blurred[None], face_share=0.5, config=FilterConfig())
    assert found is not None
    assert found.reason == "blurred"
    larger = cv2.resize(sharp, (512, 512), interpolation=cv2.INTER_CUBIC)
    assert sharpness(larger, face_share=0.5) == pytest.approx(sharpness(sharp, face_share=0.5), rel=0.2)
