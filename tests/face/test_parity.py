"""Cropping, ratios and paste-back against the released code's numbers."""

from typing import Any

import numpy as np
import pytest

from liveportrait.arrays import FrameRGB
from liveportrait.face.cropping import (
    DRIVING_CROP,
    Crop,
    CropConfig,
    crop_face,
    crop_square,
    face_square,
    face_tilt_rad,
    mean_square,
)
from liveportrait.face.landmarks_203 import INPUT_CROP, INPUT_SIZE_PX
from liveportrait.face.paste_back import paste_back, paste_place, soft_square
from liveportrait.face.ratios import eye_open_ratios, lip_open_ratio
from liveportrait.geometry import apply_transform
from tests.oracle import golden, oracle_module

PRESETS = {
    "human": CropConfig(),
    "norot": CropConfig(orientation="as_is"),
    "wide_low": CropConfig(scale=2.8, shift_down=0.1),
    "landmark_runner": INPUT_CROP,
    "retarget_2.5": CropConfig(scale=2.5),
}
LAYOUTS = (5, 9, 68, 101, 106, 203)


def picture(name: str, *, index: int = 0) -> FrameRGB:
    return oracle_module("golden_io").image(
        golden("crop" if name.startswith("crop") else "paste").seed, name
    )[index]


def check_if_stored(expected: Any, name: str, found: Any) -> None:
    """The oracle holds the pictures of some crops only."""
    if name in expected.names():
        expected.check(name, found)


@pytest.mark.parametrize("preset", PRESETS)
def test_parity_of_crops(preset: str) -> None:
    expected = golden("crop")
    stored = {tuple(name.split("/")[1:3]) for name in expected.names() if name.startswith(f"{preset}/")}
    assert stored
    for layout, face in stored:
        landmarks = expected.input(f"lmk/{layout}/{face}")
        size_px = INPUT_SIZE_PX if preset == "landmark_runner" else 512
        crop = crop_face(picture("crop/frame"), landmarks, config=PRESETS[preset], size_px=size_px)
        case = f"{preset}/{layout}/{face}"
        expected.check(f"{case}/M_o2c", crop.crop_from_frame)
        expected.check(f"{case}/M_c2o", crop.frame_from_crop)
        expected.check(f"{case}/pt_crop", apply_transform(crop.crop_from_frame, landmarks))
        check_if_stored(expected, f"{case}/img_crop", crop.image)
        check_if_stored(expected, f"{case}/img_256_area", crop.network_input())


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("upright_by", ["eyes", "eyes_and_lips"])
def test_parity_of_the_face_rectangle(layout: int, upright_by: Any) -> None:
    expected = golden("crop")
    for face in range(2):
        landmarks = expected.input(f"lmk/{layout}/{face}")
        square = face_square(landmarks, config=CropConfig(shift_right=0.05, upright_by=upright_by))
        found = [*square.centre_xy, square.side_px, square.side_px, square.angle_rad]
        case = f"{layout}/{face}/lip{int(upright_by == 'eyes_and_lips')}"
        expected.check(f"rect/{case}", np.array(found))
        origin, below = expected[f"pt2/{case}"]
        right, down = below - origin
        assert abs(np.arctan2(-right, down) - face_tilt_rad(landmarks, by=upright_by)) < 1e-4


def test_parity_with_a_sideways_shift_that_the_reference_drops() -> None:
    expected = golden("crop")
    crop = crop_face(picture("crop/frame"), expected.input("lmk/106/0"))
    expected.check("vx_ignored/M_o2c", crop.crop_from_frame)


def driving_crop(expected: Any) -> Crop:
    squares = [face_square(points, config=DRIVING_CROP) for points in expected.input("drv/lmk")]
    return crop_square(picture("crop/drv"), mean_square(squares), size_px=512)


def test_parity_of_the_driving_boxes() -> None:
    expected = golden("crop")
    for index, points in enumerate(expected.input("drv/lmk")):
        turned = face_square(points, config=CropConfig(scale=2.2, shift_down=-0.1))
        expected.check(f"drv/bbox/{index}", face_square(points, config=DRIVING_CROP).corners())
        expected.check(f"drv/bbox_rot/{index}", turned.corners())
        found = [*turned.centre_xy, turned.side_px, turned.side_px, turned.angle_rad]
        expected.check(f"drv/csa/{index}", np.array(found))


def test_parity_of_the_driving_crop() -> None:
    expected = golden("crop")
    squares = [face_square(points, config=DRIVING_CROP) for points in expected.input("drv/lmk")]
    corners = mean_square(squares).corners()
    expected.check("drv/global_bbox", np.concatenate([corners[0], corners[2]]))
    crop = driving_crop(expected)
    expected.check("drv/M_o2c", crop.crop_from_frame)
    expected.check("drv/M_c2o", crop.frame_from_crop)
    expected.check("drv/img_crop", crop.image)
    expected.check("drv/lmk_crop", apply_transform(crop.crop_from_frame, expected.input("drv/lmk")[0]))
    # The reference shrinks driving crops bilinearly: at exactly one half it is the mean of four pixels too.
    expected.check("drv/img_256_linear", crop.network_input())


def test_parity_of_opening_ratios() -> None:
    expected = golden("math")
    faces = expected.input("ratio/lmk203")
    eyes = np.stack([eye_open_ratios(points) for points in faces])
    lips = np.stack([lip_open_ratio(points) for points in faces])
    expected.check("ratio/eye", eyes)
    expected.check("ratio/calc_eye", eyes[:, None])
    expected.check("ratio/lip", lips)
    expected.check("ratio/calc_lip", lips[:, None])


def test_parity_of_the_mask() -> None:
    expected = golden("paste")
    expected.check("mask_template", np.repeat(soft_square(512)[..., None], 3, axis=-1))


@pytest.mark.parametrize("case", ["0", "1"])
def test_parity_of_paste_back(case: str) -> None:
    expected = golden("paste")
    frame = picture("paste/frame")
    place = paste_place(expected.input(f"{case}/M_c2o"), crop_size_px=512, frame_size_wh=(640, 480))
    mask = np.zeros((480, 640), np.float32)
    mask[place.rows, place.columns] = place.weights
    expected.check(f"{case}/mask_ori", np.repeat(mask[..., None], 3, axis=-1))
    plain = np.full((512, 512, 3), (200, 100, 50), np.uint8)
    expected.check(f"{case}/constant", paste_back(frame, plain, place))
    expected.check(f"{case}/texture", paste_back(frame, picture("paste/tex"), place))
