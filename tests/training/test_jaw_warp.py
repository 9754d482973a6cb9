from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from jaxtyping import Bool, Float
from numpy import ndarray
from numpy.testing import assert_allclose
from torch import Tensor

from liveportrait.arrays import FrameRGB
from liveportrait.tensors import ImageBatch
from liveportrait.training.crops import PlaneCrop, cut
from liveportrait.training.guides import CHIN_KEYPOINT, GUIDE_POINTS, LIP_KEYPOINTS, MOUTH_CORNERS, OPENINGS
from liveportrait.training.jaw_warp import (
    CHIN,
    CLOSED,
    LOWER_INNER_LIP,
    LOWER_OUTER_LIP,
    MOST_OPEN,
    OPEN_ENOUGH,
    PAINTED,
    TEETH_ABOVE,
    TEETH_BELOW,
    UPPER_INNER_LIP,
    JawWarp,
    Mouth,
    draw_closing,
    draw_opening,
    is_dark_inside,
    read_mouth,
)
from liveportrait.training.mouth_inside import MouthInside
from liveportrait.training.pairs import CLOSED_SHARE, PairBatch, PairConfig, PairSampler, frame_labels
from liveportrait.training.shards import Shard
from tests.training.known_mouths import HALF_WIDTH, face, mouth_of

UPPER, LOWER = OPENINGS[0]
AS_IT_IS = PlaneCrop(zoom=1.0, roll_rad=0.0, shift=(0.0, 0.0), mirrored=False)
SKIN, DARK, TEETH, LIP = 180, 20, 230, 120


MOUTHS = st.builds(
    mouth_of,
    st.floats(0.25, 0.6),
    turn=st.floats(-1.0, 1.0),
    lean=st.floats(-0.6, 0.6),
    power=st.floats(0.7, 3.0),
)
"""Wide and narrow, lopsided and peaked."""


@st.composite
def jaw_warps(draw: st.DrawFn) -> JawWarp:
    """Lips that close until they meet, or open to more than twice their height."""
    mouth = draw(MOUTHS)
    return JawWarp(mouth=mouth, drop=draw(st.floats(-mouth.most_closing, 1.5 * mouth.height)))


def picture(mouth: Mouth, *, teeth: float) -> FrameRGB:
    """Skin, a dark mouth, and teeth in the upper part of it."""
    at = (np.arange(256) + 0.5) / 128 - 1
    points = np.stack(np.meshgrid(at, at), -1).reshape(-1, 2)
    u, v = ((points - mouth.middle) @ mouth.axes()).T
    upper, lower = np.interp(u, *mouth.upper.T), np.interp(u, *mouth.lower.T)
    inside = (np.abs(u) < mouth.half_width) & (v > upper) & (v < lower)
    grey = np.where(inside & (v < upper + teeth * (lower - upper)), TEETH, np.where(inside, DARK, SKIN))
    below = (np.abs(u) < mouth.half_width) & (v >= lower) & (v < lower + 0.06)
    grey = np.where(below, LIP, grey)
    return np.repeat(grey.reshape(256, 256, 1), 3, 2).astype(np.uint8)


@given(opening=st.floats(OPEN_ENOUGH + 0.01, 0.8), turn=st.floats(-1.5, 1.5))
def test_an_open_mouth_is_read_however_the_head_is_turned(opening: float, turn: float) -> None:
    mouth = mouth_of(opening, turn=turn)
    assert mouth.opening == pytest.approx(opening, rel=1e-4)
    assert mouth.half_width == pytest.approx(HALF_WIDTH, rel=1e-4)


@pytest.mark.parametrize("opening", [0.0, OPEN_ENOUGH - 0.02, -0.3])
def test_a_closed_mouth_is_none(opening: float) -> None:
    assert read_mouth(face(opening)) is None


def test_a_face_without_extent_has_no_mouth() -> None:
    assert read_mouth(np.zeros((478, 3), np.float32)) is None


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("at", [[UPPER_INNER_LIP[0]], [LOWER_INNER_LIP[5]], [CHIN], range(478)])
def test_landmarks_that_are_no_numbers_show_no_mouth(at: Sequence[int], broken: float) -> None:
    points = face(0.4)
    points[list(at), 0] = broken
    assert read_mouth(points) is None


@pytest.mark.parametrize("lip", [LOWER_INNER_LIP[5], LOWER_OUTER_LIP])
def test_a_chin_above_the_lower_lip_is_not_read(lip: int) -> None:
    """Of either edge: a face seen from below, or landmarks that lie."""
    points = face(0.4)
    points[lip, 1] = points[CHIN, 1] + 0.01
    assert read_mouth(points) is None


def test_height_is_measured_straight_down() -> None:
    """Points of the two lips with one number may lie beside each other."""
    points = face(0.4)
    points[list(UPPER_INNER_LIP[1:-1]), 0] += 0.04
    mouth = read_mouth(points)
    assert mouth is not None
    u = np.linspace(-HALF_WIDTH, HALF_WIDTH, 2001)
    gap = np.interp(u, *mouth.lower.T) - np.interp(u, *mouth.upper.T)
    assert mouth.height == pytest.approx(gap.max(), abs=1e-4)
    assert mouth.height < 0.99 * 2 * 0.4 * HALF_WIDTH


def test_a_mouth_closes_no_further_than_it_is_open() -> None:
    mouth = mouth_of(0.4)
    JawWarp(mouth=mouth, drop=-mouth.height)
    with pytest.raises(AssertionError, match="cannot close"):
        JawWarp(mouth=mouth, drop=-mouth.height - 0.01)


def test_lips_seen_from_the_side_are_not_read() -> None:
    """There the edge of the lip turns back on itself."""
    points = face(0.4)
    points[UPPER_INNER_LIP[4], 0] = points[UPPER_INNER_LIP[6], 0]
    assert read_mouth(points) is None


@given(warp=jaw_warps(), aside=st.floats(-1.0, 1.0), below=st.floats(1e-4, 0.5))
def test_points_of_the_skin_go_where_the_picture_shows_them(
    warp: JawWarp, aside: float, below: float
) -> None:
    mouth = warp.mouth
    own = np.array([[aside * HALF_WIDTH, 0.0]])
    own[:, 1] = np.interp(own[:, 0], *mouth.lower.T) + below
    skin = own @ mouth.axes().T + mouth.middle
    gone = warp.warped_from_original(skin)
    edge = np.interp(own[0, 0], *mouth.upper.T)
    assume(((gone - mouth.middle) @ mouth.axes())[0, 1] > edge + 1e-6)
    assert_allclose(warp.original_from_warped(gone), skin, atol=1e-6)


@given(mouth=MOUTHS, seed=st.integers(0, 1000))
def test_lips_that_close_meet_and_do_not_cross(mouth: Mouth, seed: int) -> None:
    """To half a pixel of 256, but for the very corners."""
    points = np.zeros((478, 3), np.float32)
    for indices, edge in ((UPPER_INNER_LIP, mouth.upper), (LOWER_INNER_LIP, mouth.lower)):
        points[list(indices), :2] = edge
    points[LOWER_OUTER_LIP, 1], points[CHIN, 1] = mouth.chin_v - 0.1, mouth.chin_v
    warp = draw_closing(np.random.default_rng(seed), points)
    assert warp is not None
    u = np.linspace(-0.89, 0.89, 90) * warp.mouth.half_width
    edge = np.stack((u, np.interp(u, *warp.mouth.lower.T)), 1)
    moved = (
        warp.warped_from_original(edge @ warp.mouth.axes().T + warp.mouth.middle) - warp.mouth.middle
    ) @ warp.mouth.axes()
    assert (moved[:, 1] > np.interp(u, *warp.mouth.upper.T) - 1 / 256).all()
    assert -CLOSED[0] * mouth.height >= warp.drop or warp.drop == -warp.mouth.most_closing


@given(opening=st.floats(0.15, 0.6), drop=st.floats(-0.9, 1.5))
def test_nothing_moves_above_the_mouth_beside_it_and_far_below(opening: float, drop: float) -> None:
    mouth = mouth_of(opening)
    warp = JawWarp(mouth=mouth, drop=drop * mouth.height)
    far = max(0.25, 2 * abs(warp.drop)) + 0.6
    points = np.array([[0.0, -0.4], [0.2, -0.2], [0.9, 0.1], [-0.9, 0.3], [0.0, mouth.chin_v + far]])
    assert_allclose(warp.original_from_warped(points), points, atol=1e-12)


@given(warp=jaw_warps(), at=st.floats(-0.99, 0.99))
def test_the_picture_is_sampled_from_top_to_bottom(warp: JawWarp, at: float) -> None:
    """Nothing is shown twice or upside down; only the lip's edge may skip what it covers."""
    axes, middle = warp.mouth.axes(), warp.mouth.middle
    column = np.stack((np.full(800, at * HALF_WIDTH), np.linspace(-1, 1.5, 800)), 1)
    shown = warp.original_from_warped(column @ axes.T + middle)
    assert (np.diff(((shown - middle) @ axes)[:, 1]) >= -1e-9).all()


@given(opening=st.floats(0.15, 0.5), drop=st.floats(0.1, 1.5))
def test_teeth_stay_with_their_lips_when_a_mouth_opens(opening: float, drop: float) -> None:
    mouth = mouth_of(opening)
    warp = JawWarp(mouth=mouth, drop=drop * mouth.height)
    top, bottom = -opening * HALF_WIDTH, opening * HALF_WIDTH + warp.drop
    above = np.array([[0.0, top + 0.9 * TEETH_ABOVE * mouth.height]])
    below = np.array([[0.0, bottom - 0.9 * TEETH_BELOW * mouth.height]])
    assert_allclose(warp.original_from_warped(above), above, atol=1e-9)
    assert_allclose(warp.original_from_warped(below), below - [0, warp.drop], atol=1e-9)


def test_a_closing_lip_covers_the_dark_and_leaves_the_teeth() -> None:
    mouth = mouth_of(0.6)
    frame = picture(mouth, teeth=0.4)
    closed = cut(frame, AS_IT_IS, size_px=256, warp=JawWarp(mouth=mouth, drop=-0.6 * mouth.height))
    column = closed[:, 128, 0]
    assert (column != DARK).all()
    assert (column == TEETH).sum() == pytest.approx((frame[:, 128, 0] == TEETH).sum(), abs=2)
    assert (column == LIP).sum() == pytest.approx((frame[:, 128, 0] == LIP).sum(), abs=2)


def test_an_opening_mouth_grows_darker_inside_and_nowhere_else() -> None:
    mouth = mouth_of(0.4)
    frame = picture(mouth, teeth=0.4)
    opened = cut(frame, AS_IT_IS, size_px=256, warp=JawWarp(mouth=mouth, drop=mouth.height))
    before, after = frame[:, 128, 0], opened[:, 128, 0]
    assert (after == DARK).sum() == pytest.approx((before == DARK).sum() + mouth.height * 128, abs=2)
    for kept in (TEETH, LIP):
        assert (after == kept).sum() == pytest.approx((before == kept).sum(), abs=2)


def test_a_drop_of_nothing_changes_nothing() -> None:
    mouth = mouth_of(0.4)
    frame = picture(mouth, teeth=0.4)
    assert (cut(frame, AS_IT_IS, size_px=256, warp=JawWarp(mouth=mouth, drop=0.0)) == frame).all()


def test_only_the_dark_is_stretched() -> None:
    rng, points = np.random.default_rng(0), face(0.4)
    mouth = mouth_of(0.4)
    some, full = picture(mouth, teeth=0.4), picture(mouth, teeth=1.0)
    assert is_dark_inside(some, mouth) and not is_dark_inside(full, mouth)
    stretched, painted = draw_opening(rng, some, points), draw_opening(rng, full, points)
    assert stretched is not None and stretched.inside is None and stretched.drop > 0
    assert painted is not None and painted.inside is not None
    assert PAINTED[0] <= painted.drop / (2 * HALF_WIDTH) <= PAINTED[1]


def test_below_the_teeth_of_a_smile_it_is_dark() -> None:
    """Teeth keep their height, the lip comes down whole, and what opens between them is painted."""
    mouth = mouth_of(0.3)
    frame = picture(mouth, teeth=1.0)
    inside = MouthInside(dark=np.full(3, 40.0), tongue=np.full(3, 90.0), tongue_from=0.5)
    warp = JawWarp(mouth=mouth, drop=0.2, inside=inside)
    opened = cut(frame, AS_IT_IS, size_px=256, warp=warp)
    before, after = frame[:, 128, 0], opened[:, 128, 0]
    for kept in (TEETH, LIP):
        assert (after == kept).sum() == pytest.approx((before == kept).sum(), abs=2)
    painted = np.flatnonzero((after >= 39) & (after <= 90))
    assert len(painted) == pytest.approx(0.2 * 128, abs=4)
    assert after[painted[1]] == 40 and after[painted[-2]] > 70
    unpainted = JawWarp(mouth=mouth, drop=0.2)
    beside = np.ones((256, 256), bool)
    beside[110 : painted[-1] + 8, 90:166] = False
    same = cut(frame, AS_IT_IS, size_px=256, warp=unpainted)
    assert (opened[beside] == same[beside]).all()


@given(turn=st.floats(-1.0, 1.0), zoom=st.floats(0.8, 1.3), mirrored=st.booleans())
def test_paint_goes_where_the_crop_puts_the_mouth(turn: float, zoom: float, mirrored: bool) -> None:
    mouth = mouth_of(0.3)
    frame = picture(mouth, teeth=1.0)
    inside = MouthInside(dark=np.zeros(3), tongue=np.zeros(3), tongue_from=1.0)
    crop = PlaneCrop(zoom=zoom, roll_rad=turn, shift=(0.05, -0.1), mirrored=mirrored)
    made = cut(frame, crop, size_px=128, warp=JawWarp(mouth=mouth, drop=0.25, inside=inside))
    plain = cut(frame, AS_IT_IS, size_px=256, warp=JawWarp(mouth=mouth, drop=0.25, inside=inside))
    dark, expected = ((shown[..., 0] < 60).sum() for shown in (made, plain))
    assert dark == pytest.approx(expected / 4 * zoom**2, rel=0.08)


def test_openings_stay_in_their_range() -> None:
    rng = np.random.default_rng(1)
    for opening in (0.15, 0.4, 0.8):
        mouth = mouth_of(opening)
        for _ in range(20):
            opened = draw_opening(rng, picture(mouth, teeth=0.3), face(opening))
            closed = draw_closing(rng, face(opening))
            assert opened is not None and closed is not None and opened.inside is None
            assert opening <= opening + opened.drop / (2 * HALF_WIDTH) <= MOST_OPEN + 1e-6
            assert -CLOSED[1] * mouth.height <= closed.drop <= -CLOSED[0] * mouth.height
    assert draw_closing(rng, face(0.0)) is None
    assert draw_opening(rng, picture(mouth_of(0.9), teeth=0.3), face(0.9)) is None


def test_labels_say_what_the_warped_frame_shows(drawn_shards: tuple[Shard, ...]) -> None:
    """Keypoints of lip and chin go down by the drop, all else stays, and the model's equation holds."""
    shard = drawn_shards[0]
    index = next(at for at, points in enumerate(shard.landmarks) if read_mouth(points))
    labels = frame_labels(shard, index)
    points = shard.frame_landmarks(index)
    assert_allclose(points, shard.landmarks[index])
    mouth = read_mouth(points)
    assert mouth is not None
    moved = JawWarp(mouth=mouth, drop=0.1).warp_labels(labels)
    change = moved.keypoints - labels.keypoints
    jaw = [LOWER, LIP_KEYPOINTS[5], CHIN_KEYPOINT]
    assert_allclose(change[jaw, :2] @ mouth.axes(), [[0, 0.1]] * 3, atol=0.01)
    assert not np.delete(change, jaw, 0).any()
    equation = moved.scale * (moved.canonical_keypoints @ moved.rotation + moved.expression)
    assert_allclose(equation + moved.translation, moved.keypoints, atol=1e-4)
    assert GUIDE_POINTS[LOWER] == LOWER_INNER_LIP[5] and GUIDE_POINTS[UPPER] == UPPER_INNER_LIP[5]


@pytest.fixture(scope="module")
def jaw_batch(drawn_shards: tuple[Shard, ...]) -> PairBatch:
    config = PairConfig(size_px=128, jaw_share=1.0, stills_share=0.0)
    return next(iter(PairSampler(drawn_shards, config, batch_size=48, seed=0)))


def height_over_width(keypoints: Float[ndarray, "n 21 3"]) -> Float[ndarray, "n"]:
    """Of mouths, in whatever crop."""
    ends = [keypoints[:, pair, :2] for pair in (list(OPENINGS[0]), list(MOUTH_CORNERS))]
    height, width = (np.linalg.norm(pair[:, 1] - pair[:, 0], axis=1) for pair in ends)
    return height / width


def own_openings(shards: tuple[Shard, ...]) -> Float[ndarray, "n"]:
    """Of every frame as it is."""
    return np.concatenate([height_over_width(shard.labels.keypoints) for shard in shards])


def is_moved(found: Float[ndarray, "n"], own: Float[ndarray, "m"]) -> Bool[ndarray, "n"]:
    """Whether no frame has that opening."""
    return np.abs(found[:, None] - own).min(1) > 1e-4


def test_a_sampler_opens_what_is_driven(drawn_shards: tuple[Shard, ...], jaw_batch: PairBatch) -> None:
    found, own = height_over_width(jaw_batch.driving_targets.keypoints.numpy()), own_openings(drawn_shards)
    assert is_moved(found, own).mean() > 0.9
    assert found.mean() > own.max()


def test_a_sampler_closes_half_of_the_sources(drawn_shards: tuple[Shard, ...], jaw_batch: PairBatch) -> None:
    """They are chosen for open lips, or few of them would have anything to close."""
    found, own = height_over_width(jaw_batch.source_targets.keypoints.numpy()), own_openings(drawn_shards)
    moved = is_moved(found, own)
    assert moved.mean() == pytest.approx(CLOSED_SHARE, abs=0.15)
    assert found[moved].max() < (1 - CLOSED[0] + 0.02) * own.max()


def test_the_lower_lip_is_drawn_where_its_label_says(jaw_batch: PairBatch) -> None:
    """Dark a pixel or two above its inner edge and red as much below, closed, opened or as it was."""
    for image, targets in (
        (jaw_batch.source, jaw_batch.source_targets),
        (jaw_batch.driving, jaw_batch.driving_targets),
    ):
        points = targets.keypoints[..., :2]
        inner, outer = points[:, LOWER], points[:, LIP_KEYPOINTS[5]]
        is_open = torch.from_numpy(height_over_width(targets.keypoints.numpy())) > 0.15
        step = 0.4 * (outer - inner)
        assert (step.norm(dim=1) * 64 < 2.0).all() and is_open.sum() > 20
        above, below = (red_at(image, at)[is_open] for at in (inner - step, inner + step))
        assert (above < 0.6 * below).all()


def red_at(image: ImageBatch, points: Float[Tensor, "b 2"]) -> Float[Tensor, "b"]:
    sampled = torch.nn.functional.grid_sample(image, points[:, None, None], align_corners=False)
    return sampled[:, 0, 0, 0]
