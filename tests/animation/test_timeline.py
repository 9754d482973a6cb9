"""Frames are matched by time."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveportrait.animation.recording import FrameTime
from liveportrait.animation.timeline import Timeline
from liveportrait.media.lengths import LengthPolicy, frame_at

STEP = Fraction(1, 25)
POLICIES: list[LengthPolicy] = ["cut", "loop", "ping_pong", "hold"]
policies = pytest.mark.parametrize("policy", POLICIES)


def steady(num_frames: int, step: Fraction = STEP) -> Timeline:
    return Timeline(times=[FrameTime(index * step, step) for index in range(num_frames)], step=step)


def uneven(durations_ms: Sequence[int]) -> Timeline:
    ends = np.cumsum([0, *durations_ms]).tolist()
    times = [FrameTime(Fraction(a, 1000), Fraction(b - a, 1000)) for a, b in pairwise(ends)]
    return Timeline(times=times, step=Fraction(ends[-1], 1000 * len(times)))


@policies
@pytest.mark.parametrize(("num_source", "num_driving"), [(4, 6), (6, 4), (5, 5), (1, 3), (9, 2)])
def test_at_one_constant_rate_frames_are_paired_by_number(
    policy: LengthPolicy, num_source: int, num_driving: int
) -> None:
    source, driving = steady(num_source), steady(num_driving)
    ends = source.end_seconds, driving.end_seconds
    moments = source.moments_before(min(ends) if policy == "cut" else max(ends), policy)
    length = min(num_source, num_driving) if policy == "cut" else max(num_source, num_driving)
    assert moments == [index * STEP for index in range(length)]
    shown = [frame_at(at, num_driving, policy) for at in driving.positions_at(moments, policy)]
    assert shown == [frame_at(index, num_driving, policy) for index in range(length)]


def test_times_that_a_container_rounded_change_nothing() -> None:
    step = Fraction(1001, 30000)
    rounded = [Fraction(round(1000 * index * step), 1000) for index in range(100)]
    source = Timeline(times=[FrameTime(pts, None) for pts in rounded], step=step)
    moments = source.moments_before(steady(90, step).end_seconds, "cut")
    assert len(moments) == 90
    assert steady(90, step).positions_at(moments, "cut") == list(range(90))


def test_a_source_that_halts_meets_its_driver_where_the_sound_is() -> None:
    source = uneven([20, 20, 20, 140, 20, 80])
    driving = steady(6, Fraction(1, 20))
    assert driving.positions_at(source.moments_before(Fraction(3, 10), "cut"), "cut") == [0, 0, 1, 1, 4, 4]


def test_a_driver_that_halts_leads_by_its_times() -> None:
    driving = uneven([20, 20, 20, 140])
    assert driving.positions_at(steady(5).moments_before(Fraction(1, 5), "cut"), "cut") == [1, 3, 3, 3, 3]


@given(
    source_ms=st.lists(st.integers(5, 200), min_size=1, max_size=20),
    driving_ms=st.lists(st.integers(5, 200), min_size=1, max_size=20),
    policy=st.sampled_from(POLICIES),
)
def test_each_moment_has_a_frame_near_its_time(
    source_ms: list[int], driving_ms: list[int], policy: LengthPolicy
) -> None:
    source, driving = uneven(source_ms), uneven(driving_ms)
    ends = source.end_seconds, driving.end_seconds
    moments = source.moments_before(min(ends) if policy == "cut" else max(ends), policy)
    assert policy == "cut" or len(moments) >= len(source_ms)
    assert all(first < second for first, second in pairwise(moments))
    positions = driving.positions_at(moments, policy)
    assert all(0 <= first <= second for first, second in pairwise([0, *positions]))
    for moment, position in zip(moments, positions, strict=True):
        if position >= len(driving_ms):
            assert policy != "cut"
            continue
        time = driving.times[position]
        assert position == 0 or time.pts_seconds <= moment + driving.step / 2
        assert position == len(driving_ms) - 1 or moment + driving.step / 2 < driving.times[position + 1][0]
