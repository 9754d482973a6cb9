import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from liveportrait.training.face_segments import FaceSegment
from liveportrait.training.stable_crop import StableCropConfig, crop_coordinates, stable_square
from tests.training.scripted_faces import face_at

CONFIG = StableCropConfig()


def segment(
    places: list[tuple[float, float]], *, size_wh: tuple[int, int], size: float = 80.0
) -> FaceSegment:
    faces = [face_at(x, y, size=size) for x, y in places]
    return FaceSegment(
        first_index=0,
        frame_stride=1,
        size_wh=size_wh,
        landmarks=np.stack([face.landmarks for face in faces]),
        depth_px=np.full((len(faces), 478), 8.0, np.float32),
        presence=np.ones(len(faces), np.float32),
    )


def test_a_resting_face_gets_nearly_twice_its_size() -> None:
    square = stable_square(segment([(500, 400)], size_wh=(1000, 800)), CONFIG)
    assert_allclose(square.side_px, 1.9 * 80, rtol=1e-3)
    assert_allclose(square.centre_xy, (500, 400), atol=0.1)


def test_a_moving_face_gets_the_box_it_moves_in_and_a_third_more() -> None:
    square = stable_square(segment([(300, 400), (500, 400)], size_wh=(1000, 800)), CONFIG)
    assert_allclose(square.side_px, 1.35 * 280, rtol=1e-3)
    assert_allclose(square.centre_xy, (400, 400), atol=0.1)


def test_the_square_stays_in_the_frame_where_it_fits() -> None:
    near_the_corner = stable_square(segment([(50, 60)], size_wh=(1000, 800)), CONFIG)
    assert_allclose(near_the_corner.centre_xy, (76, 76), atol=0.1)
    too_low_a_frame = stable_square(segment([(50, 60)], size_wh=(1000, 100)), CONFIG)
    assert_allclose(too_low_a_frame.centre_xy, (76, 50), atol=0.1)


def test_a_cropped_source_is_kept_pixel_for_pixel() -> None:
    """What is square and framed already must not be resampled."""
    cropped = segment([(128, 128)], size_wh=(256, 256), size=130.0)
    square = stable_square(cropped, CONFIG)
    frame = np.random.default_rng(0).integers(0, 255, (256, 256, 3), np.uint8)
    assert (square.cut(frame, size_px=256) == frame).all()


def test_coordinates_put_the_outer_edges_of_a_whole_frame_at_one() -> None:
    whole = segment([(128, 128)], size_wh=(256, 256), size=130.0)
    whole.landmarks[0, :2] = [[-0.5, 255.5], [127.5, 127.5]]
    found = crop_coordinates(whole, stable_square(whole, CONFIG), size_px=256)
    assert_allclose(found[0, :2, :2], [[-1, 1], [0, 0]], atol=1e-6)
    assert_allclose(found[0, 0, 2], 8 * 2 / 256, rtol=1e-5)


@given(
    x=st.floats(100, 900), y=st.floats(100, 700), size=st.floats(20, 300), size_px=st.sampled_from([128, 256])
)
def test_a_point_and_its_pixel_land_in_the_same_place(x: float, y: float, size: float, size_px: int) -> None:
    """A white blob in the frame is found in the crop where its coordinates say."""
    one = segment([(x, y)], size_wh=(1000, 800), size=size)
    square = stable_square(one, CONFIG)
    radius = 0.05 * square.side_px
    rows, columns = np.mgrid[:800, :1000]
    frame = np.zeros((800, 1000, 3), np.uint8)
    frame[(columns - x) ** 2 + (rows - y) ** 2 < radius**2] = 255
    one.landmarks[0, 0] = (x, y)
    crop = square.cut(frame, size_px=size_px)[..., 0].astype(float)
    at = (np.arange(size_px) * 2 + 1) / size_px - 1
    centre = (crop.sum(0) @ at / crop.sum(), crop.sum(1) @ at / crop.sum())
    expected = crop_coordinates(one, square, size_px=size_px)[0, 0, :2]
    assert_allclose(centre, expected, atol=1.2 * 2 / size_px + 1.2 / square.side_px)
