"""The crop comes back where it came from, and nowhere else."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from liveportrait.arrays import FrameRGB
from liveportrait.face.cropping import crop_face
from liveportrait.face.paste_back import paste_back, paste_place, soft_square
from liveportrait.face.protocol import Face
from liveportrait.geometry import similarity


def random_frame(height: int, width: int) -> FrameRGB:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_an_unchanged_crop_changes_nothing_to_speak_of(astronaut: FrameRGB, astronaut_face: Face) -> None:
    crop = crop_face(astronaut, astronaut_face.landmarks)
    place = paste_place(crop.frame_from_crop, crop_size_px=512, frame_size_wh=(512, 512))
    pasted = paste_back(astronaut, crop.image, place)
    assert np.abs(pasted.astype(int) - astronaut).mean() < 1.0


def test_only_the_place_of_the_crop_changes() -> None:
    frame = random_frame(90, 160)
    shift = similarity(scale=0.5, angle_rad=0.0, from_xy=(0.0, 0.0), to_xy=(40.0, 20.0))
    place = paste_place(shift, crop_size_px=64, frame_size_wh=(160, 90))
    crop = np.full((64, 64, 3), 255, np.uint8)
    pasted = paste_back(frame, crop, place)
    changed_rows, changed_columns = np.nonzero((pasted != frame).any(axis=-1))
    assert changed_rows.min() >= 20 and changed_rows.max() <= 52
    assert changed_columns.min() >= 40 and changed_columns.max() <= 72
    assert (pasted[24:48, 44:68] == 255).all()


def test_the_given_pictures_are_left_as_they_were() -> None:
    frame, crop = random_frame(64, 64), random_frame(64, 64)
    kept_frame, kept_crop = frame.copy(), crop.copy()
    pasted = paste_back(frame, crop, paste_place(np.eye(3), crop_size_px=64, frame_size_wh=(64, 64)))
    assert (frame == kept_frame).all() and (crop == kept_crop).all()
    assert not np.shares_memory(pasted, frame)


@given(
    scale=st.floats(0.02, 5.0),
    angle=st.floats(-3.2, 3.2),
    place=st.tuples(st.floats(-300, 300), st.floats(-300, 300)),
)
def test_any_place_in_or_out_of_the_frame(scale: float, angle: float, place: tuple[float, float]) -> None:
    frame, crop = random_frame(48, 80), random_frame(32, 32)
    frame_from_crop = similarity(scale=scale, angle_rad=angle, from_xy=(0.0, 0.0), to_xy=place)
    pasted = paste_back(frame, crop, paste_place(frame_from_crop, crop_size_px=32, frame_size_wh=(80, 48)))
    assert pasted.shape == frame.shape
    corners = np.array([[0, 0, 1], [32, 0, 1], [32, 32, 1], [0, 32, 1]]) @ frame_from_crop.T
    if corners[:, 0].max() < 0 or corners[:, 0].min() > 80:
        assert (pasted == frame).all()


def test_the_mask_is_soft_at_the_border_and_whole_inside() -> None:
    mask = soft_square(256)
    assert mask.shape == (256, 256)
    assert mask[0, 128] == 0 and mask[4, 128] == 127 and mask[8, 128] == 255
    assert (mask == mask.T).all()
