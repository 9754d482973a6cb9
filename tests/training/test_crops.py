import cv2
import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from jaxtyping import Float
from numpy import ndarray
from numpy.testing import assert_allclose

from liveportrait.arrays import CropRGB
from liveportrait.training.crops import CropJitter, PlaneCrop, crop_labels, cut, draw_crop, nudge
from liveportrait.training.guides import MIRRORED, NUM_GUIDED
from liveportrait.training.jaw_warp import JawWarp
from liveportrait.training.labels import label_clip
from liveportrait.training.pairs import frame_labels
from liveportrait.training.shards import Shard
from tests.training.known_mouths import HALF_WIDTH, mouth_of

CROPS = st.builds(
    PlaneCrop,
    zoom=st.floats(0.7, 1.5),
    roll_rad=st.floats(-0.5, 0.5),
    shift=st.tuples(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3)),
    mirrored=st.booleans(),
)


def crop_points(points: Float[ndarray, "n 2"], crop: PlaneCrop) -> Float[ndarray, "n 2"]:
    """Points of a frame (crop coordinates) to points of its crop; the order stays."""
    if crop.mirrored:
        points = points * np.array([-1, 1], points.dtype)
    return crop.zoom * points @ crop.turn + np.asarray(crop.shift, points.dtype)


@given(crop=CROPS)
def test_labels_of_a_crop_are_the_labels_of_its_landmarks(
    crop: PlaneCrop, drawn_shards: tuple[Shard, ...], head: Float[ndarray, "m 3"]
) -> None:
    """Carrying labels along equals moving the landmarks and labelling anew, up to the mirrored names."""
    shard = drawn_shards[0]
    carried = crop_labels(frame_labels(shard, 4), crop)
    moved = shard.landmarks.copy()
    flat = moved[..., :2].reshape(-1, 2)
    moved[..., :2] = crop_points(flat, crop).reshape(*moved.shape[:2], 2)
    moved[..., 2] *= crop.zoom
    if crop.mirrored:
        guided = moved[4, :, :2]
        assert len(guided) == 478
        placed = carried.keypoints[list(MIRRORED)][:NUM_GUIDED, :2]
        expected = label_clip(moved[[4]], head).keypoints[0, :NUM_GUIDED, :2]
        assert_allclose(placed, expected, atol=1e-4)
        return
    again = label_clip(moved, head)
    assert_allclose(carried.rotation, again.pose.rotation[4], atol=1e-3)
    assert_allclose(carried.scale, again.pose.scale[4], rtol=1e-3)
    assert_allclose(carried.translation, again.pose.translation[4], atol=1e-3)
    assert_allclose(carried.canonical_keypoints, again.canonical_keypoints, atol=1e-3)
    assert_allclose(carried.keypoints, again.keypoints[4], atol=1e-3)


@given(crop=CROPS)
def test_the_equation_of_the_model_holds_in_every_crop(
    crop: PlaneCrop, drawn_shards: tuple[Shard, ...]
) -> None:
    labels = crop_labels(frame_labels(drawn_shards[1], 7), crop)
    turned = labels.canonical_keypoints @ labels.rotation + labels.expression
    assert_allclose(labels.scale * turned + labels.translation, labels.keypoints, atol=1e-5)
    assert_allclose(labels.rotation @ labels.rotation.T, np.eye(3), atol=1e-5)
    assert_allclose(np.linalg.det(labels.rotation), 1, atol=1e-5)


@given(crop=CROPS)
def test_points_move_as_pixels_do(crop: PlaneCrop) -> None:
    """The centre of a soft spot lies in the cut picture where its point goes.

    Beyond the frame its border goes on mirrored, with other spots: only the neighbourhood counts.
    """
    at = (np.arange(256) * 2 + 1) / 256 - 1
    spot = np.array([0.1, -0.15])
    light = np.exp(-((at[None] - spot[0]) ** 2 + (at[:, None] - spot[1]) ** 2) / 0.004)
    frame = np.repeat((light * 255).astype(np.uint8)[..., None], 3, axis=2)
    found = cut(frame, crop, size_px=128)[..., 0].astype(float)
    there = (np.arange(128) * 2 + 1) / 128 - 1
    expected = crop_points(spot[None], crop)[0]
    found *= (there - expected[0]) ** 2 + (there[:, None] - expected[1]) ** 2 < 0.2**2
    centre = (found.sum(0) @ there / found.sum(), found.sum(1) @ there / found.sum())
    assert_allclose(centre, expected, atol=0.01)


class Unmoved:
    """A warp that leaves the frame as it is."""

    def original_from_warped(self, points: Float[ndarray, "*s 2"], /) -> Float[ndarray, "*s 2"]:
        return points

    def paint(self, picture: CropRGB, points: Float[ndarray, "h w 2"], /) -> CropRGB:
        return picture


@given(crop=CROPS, size_px=st.sampled_from([48, 64, 100]), seed=st.integers(0, 1000))
def test_a_warp_that_moves_nothing_cuts_what_is_cut_without(crop: PlaneCrop, size_px: int, seed: int) -> None:
    """But for rounding: pixels are sampled at places that are rounded in two ways."""
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 6, 3), np.uint8)
    frame = cv2.resize(coarse, (64, 64), interpolation=cv2.INTER_CUBIC)
    plain, warped = (cut(frame, crop, size_px=size_px, warp=warp).astype(int) for warp in (None, Unmoved()))
    assert np.abs(plain - warped).max() <= 1


@given(crop=CROPS, turn=st.floats(-0.3, 0.3), drop=st.floats(-0.9, 1.2), aside=st.floats(-0.6, 0.6))
def test_points_move_as_pixels_do_under_a_jaw(
    crop: PlaneCrop, turn: float, drop: float, aside: float
) -> None:
    """A soft spot on the skin over the chin, as above."""
    mouth = mouth_of(0.4, turn=turn)
    warp = JawWarp(mouth=mouth, drop=drop * mouth.height)
    spot = np.array([[aside * HALF_WIDTH, mouth.chin_v - 0.08]]) @ mouth.axes().T + mouth.middle
    at = (np.arange(256) * 2 + 1) / 256 - 1
    light = np.exp(-((at[None] - spot[0, 0]) ** 2 + (at[:, None] - spot[0, 1]) ** 2) / 0.0003)
    frame = np.repeat((light * 255).astype(np.uint8)[..., None], 3, axis=2)
    expected = crop_points(warp.warped_from_original(spot), crop)[0]
    assume((np.abs(expected) < 0.85).all())
    found = cut(frame, crop, size_px=128, warp=warp)[..., 0].astype(float)
    there = (np.arange(128) * 2 + 1) / 128 - 1
    found *= (there - expected[0]) ** 2 + (there[:, None] - expected[1]) ** 2 < 0.15**2
    centre = (found.sum(0) @ there / found.sum(), found.sum(1) @ there / found.sum())
    assert_allclose(centre, expected, atol=0.005)


def test_nothing_changes_in_the_crop_that_is_the_frame() -> None:
    frame = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    same = PlaneCrop(zoom=1.0, roll_rad=0.0, shift=(0.0, 0.0), mirrored=False)
    assert (cut(frame, same, size_px=64) == frame).all()
    mirrored = same._replace(mirrored=True)
    assert (cut(frame, mirrored, size_px=64) == frame[:, ::-1]).all()


def test_drawn_crops_stay_within_their_jitter() -> None:
    rng = np.random.default_rng(0)
    crops = [draw_crop(rng, CropJitter(zoom=(0.9, 1.1)), mirrored=False) for _ in range(200)]
    assert all(0.9 <= crop.zoom <= 1.1 for crop in crops)
    nudged = [nudge(crop, rng, amount=0.1) for crop in crops]
    assert max(abs(first.zoom - second.zoom) for first, second in zip(crops, nudged, strict=True)) < 0.05
