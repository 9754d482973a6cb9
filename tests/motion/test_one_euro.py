"""Live smoothing: calm at rest, quick in motion, at any frame rate, and each face by itself."""

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from liveportrait.motion.one_euro import (
    MotionSmoother,
    OneEuroConfig,
    OneEuroFilter,
    RotationFilter,
    SmoothingConfig,
)
from liveportrait.motion.rotation import angle_between_deg, degrees_from_rotation, rotation_from_degrees
from liveportrait.motion.state import Motion, concatenate
from tests.motion.samples import random_motion

FPS = 25


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def smoothed(motion: Motion, *, fps: float = FPS) -> Motion:
    smoother = MotionSmoother()
    return concatenate([smoother.smooth(frame, pts_seconds=i / fps) for i, frame in enumerate(motion)])


def with_yaw(yaw: Tensor) -> Motion:
    zero = torch.zeros_like(yaw)
    rotation = rotation_from_degrees(pitch=zero, yaw=yaw, roll=zero)
    return replace(random_motion(seed=0).expand(len(yaw)), rotation=rotation)


def yaw_of(motion: Motion) -> Tensor:
    return degrees_from_rotation(motion.rotation)[1]


def test_a_still_head_trembles_a_third_as_much() -> None:
    seen = with_yaw(10 + 0.4 * noise(125))
    tremble = yaw_of(smoothed(seen))[25:].diff().std() / yaw_of(seen)[25:].diff().std()
    assert tremble < 1 / 3


def test_a_turning_head_lags_less_than_a_frame() -> None:
    """78 degrees a second at most; the lag is the shift of the true curve that fits best."""
    seconds = torch.arange(125) / FPS
    yaw = 25 * torch.sin(math.pi * seconds)
    out = yaw_of(smoothed(with_yaw(yaw + 0.4 * noise(125))))
    lags = torch.arange(0, 0.2, 0.004)
    errors = [(out[25:] - 25 * torch.sin(math.pi * (seconds[25:] - lag))).pow(2).mean() for lag in lags]
    assert float(lags[torch.stack(errors).argmin()]) < 1 / FPS


def blinks() -> Tensor:
    """Three blinks of seven frames, as an expression's one coordinate goes."""
    course = torch.zeros(120)
    for start in range(20, 120, 40):
        course[start : start + 7] = torch.tensor([0.007, 0.014, 0.02, 0.02, 0.014, 0.009, 0.004])
    return course


def test_a_blink_closes_the_eye_in_time() -> None:
    seen = blinks() + 0.0008 * noise(120)
    motion = random_motion(seed=0).expand(120)
    expression = motion.expression.clone()
    expression[:, 0, 0] = seen
    out = smoothed(replace(motion, expression=expression)).expression[:, 0, 0]
    peaks = torch.stack([out[start : start + 9].amax() for start in range(20, 120, 40)])
    assert peaks.mean() > 0.95 * 0.02
    rest = blinks() == 0
    assert out[rest].diff().std() < 0.6 * seen[rest].diff().std()


def test_rotations_stay_rotations() -> None:
    motion = random_motion(seed=0, num_frames=60)
    rotation = smoothed(motion).rotation
    assert_close(rotation @ rotation.mT, torch.eye(3).expand(60, 3, 3), atol=1e-5, rtol=0)
    assert_close(torch.linalg.det(rotation), torch.ones(60))


def test_a_filtered_rotation_lies_on_the_shortest_way() -> None:
    config = OneEuroConfig()
    zero, turn = torch.zeros(1), torch.full((1,), 80.0)
    start = rotation_from_degrees(pitch=zero, yaw=zero, roll=zero)
    end = rotation_from_degrees(pitch=zero, yaw=turn, roll=zero)
    rotations = RotationFilter(config)
    rotations(start, step_seconds=math.inf)
    between = rotations(end, step_seconds=0.04)
    first, second = angle_between_deg(start, between), angle_between_deg(between, end)
    assert_close(first + second, turn)
    assert 0 < float(first) < 80


def test_it_does_not_matter_which_way_the_camera_is_turned() -> None:
    """Filtering turned frames is turning filtered frames; filtering angles or entries would not be."""
    motion = random_motion(seed=0, num_frames=20)
    pitch, yaw, roll = torch.tensor([[40.0], [70.0], [5.0]])
    turn = rotation_from_degrees(pitch=pitch, yaw=yaw, roll=roll)
    turned = replace(motion, rotation=motion.rotation @ turn)
    assert_close(smoothed(turned).rotation, smoothed(motion).rotation @ turn, atol=1e-5, rtol=0)


def test_numbers_of_one_dimension_follow_the_paper() -> None:
    """Second value by hand: speed 1 a second, of which the low-pass of 2 Hz keeps 0.5026 / 1.5026."""
    one_euro = OneEuroFilter(OneEuroConfig(least_cutoff_hz=1.0, cutoff_per_speed=2.0, speed_cutoff_hz=2.0))
    one_euro(torch.zeros(1), step_seconds=math.inf)
    out = one_euro(torch.full((1,), 0.04), step_seconds=0.04)
    speed = (2 * math.pi * 0.04 * 2) / (1 + 2 * math.pi * 0.04 * 2)
    radians = 2 * math.pi * 0.04 * (1 + 2 * speed)
    assert float(out) == pytest.approx(0.04 * radians / (1 + radians))


def test_faces_do_not_touch_each_other() -> None:
    """A still face beside a wild one comes out as it does alone."""
    calm, wild = with_yaw(0.4 * noise(50)), with_yaw(30 * noise(50, seed=1))
    smoother = MotionSmoother()
    both = [
        smoother.smooth(concatenate([calm[i], wild[i]]), pts_seconds=i / FPS)[0] for i in range(len(calm))
    ]
    alone = smoothed(calm)
    together = concatenate(both)
    for name in ("rotation", "expression", "scale", "translation"):
        assert_close(getattr(together, name), getattr(alone, name))


def test_dropped_frames_change_little() -> None:
    """Every other frame of a course, at its own times, comes out near the whole course."""
    seconds = torch.arange(100) / (2 * FPS)
    course = with_yaw(15 * torch.sin(2 * seconds))
    whole = smoothed(course, fps=2 * FPS)
    smoother = MotionSmoother()
    halved = [smoother.smooth(course[i], pts_seconds=float(seconds[i])) for i in range(0, 100, 2)]
    error = angle_between_deg(concatenate(halved).rotation, whole.rotation[::2])
    assert float(error.max()) < 0.5


def test_a_lost_face_starts_anew() -> None:
    first, second = random_motion(seed=0), random_motion(seed=1)
    smoother = MotionSmoother(SmoothingConfig(longest_gap_seconds=0.5))
    smoother.smooth(first, pts_seconds=0.0)
    after_a_gap = smoother.smooth(second, pts_seconds=0.6)
    assert torch.equal(after_a_gap.rotation, second.rotation)
    assert not torch.equal(smoother.smooth(first, pts_seconds=0.7).rotation, first.rotation)


def test_a_new_number_of_faces_and_a_reset_start_anew() -> None:
    first, pair = random_motion(seed=0), random_motion(seed=1, num_frames=2)
    smoother = MotionSmoother()
    smoother.smooth(first, pts_seconds=0.0)
    assert torch.equal(smoother.smooth(pair, pts_seconds=0.04).expression, pair.expression)
    smoother.reset()
    second_twice = pair[1].expand(2)
    assert torch.equal(smoother.smooth(second_twice, pts_seconds=0.08).scale, second_twice.scale)


@pytest.mark.parametrize("pts_seconds", [1.0, 0.5])
def test_time_must_rise(pts_seconds: float) -> None:
    smoother = MotionSmoother()
    smoother.smooth(random_motion(seed=0), pts_seconds=1.0)
    with pytest.raises(ValueError, match="must rise"):
        smoother.smooth(random_motion(seed=0), pts_seconds=pts_seconds)
