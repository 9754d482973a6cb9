from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from liveportrait.media.tick_clock import TickClock
from tests.media.clips import NTSC


def test_times_are_rounded_to_the_nearest_tick() -> None:
    clock = TickClock(Fraction(1, 1000))
    assert [clock.ticks(number / NTSC) for number in range(5)] == [0, 33, 67, 100, 133]


def test_two_frames_never_share_a_tick() -> None:
    clock = TickClock(Fraction(1, 10))
    times = [Fraction(0), Fraction(1, 100), Fraction(2, 100), Fraction(5, 10), Fraction(4, 10)]
    assert [clock.ticks(seconds) for seconds in times] == [0, 1, 2, 5, 6]


@given(st.lists(st.integers(0, 10**6), min_size=1, unique=True))
def test_times_that_fit_are_kept(ticks: list[int]) -> None:
    clock = TickClock(Fraction(1001, 30000))
    assert [clock.ticks(tick * Fraction(1001, 30000)) for tick in sorted(ticks)] == sorted(ticks)
