import math

import numpy as np
import pytest

from liveportrait.arrays import CropRGB
from liveportrait.evaluation.seam import seam_error
from liveportrait.face.cropping import crop_square
from liveportrait.face.paste_back import PastePlace, paste_place
from liveportrait.face.square import Square


def place_of(square: Square, frame: np.ndarray) -> tuple[CropRGB, PastePlace]:
    crop = crop_square(frame, square, size_px=128)
    height, width = frame.shape[:2]
    return crop.image, paste_place(crop.frame_from_crop, crop_size_px=128, frame_size_wh=(width, height))


FRAME = np.random.default_rng(0).integers(0, 200, (200, 200, 3), np.uint8)


def test_a_crop_that_fits_has_no_seam() -> None:
    crop, place = place_of(Square(centre_xy=(100.0, 100.0), side_px=128.0), FRAME)
    assert seam_error(FRAME, crop, place) == 0


@pytest.mark.parametrize("step", [13, 51])
def test_a_brighter_crop_shows_by_its_step(step: int) -> None:
    crop, place = place_of(Square(centre_xy=(100.0, 100.0), side_px=128.0), FRAME)
    assert seam_error(FRAME, crop + np.uint8(step), place) == pytest.approx(step / 255, rel=1e-4)


def test_what_changes_inside_leaves_the_seam_alone() -> None:
    crop, place = place_of(Square(centre_xy=(100.0, 100.0), side_px=128.0), FRAME)
    crop = crop.copy()
    crop[20:100, 20:100] = 255
    assert seam_error(FRAME, crop, place) == 0


def test_a_crop_around_the_whole_frame_has_no_seam_in_it() -> None:
    crop, place = place_of(Square(centre_xy=(100.0, 100.0), side_px=800.0), FRAME)
    assert math.isnan(seam_error(FRAME, crop, place))
