import io
import logging
from collections.abc import Iterator
from math import isnan

import pytest
from rich.console import Console

from liveportrait.training.progress import StepClock, TrainingProgress, as_duration


def times(*seconds: float) -> Iterator[float]:
    return iter(seconds)


def test_time_left_is_the_median_pace_times_the_steps_left() -> None:
    ticks = times(0.0, 2.0, 4.0, 104.0, 106.0)
    clock = StepClock(num_steps=20, step=6, now=lambda: next(ticks))
    assert isnan(clock.remaining_seconds)
    for _ in range(4):
        clock.tick()
    assert clock.step == 10
    assert clock.seconds_per_step == 2.0
    assert clock.remaining_seconds == 20.0


def test_a_log_file_gets_a_line_now_and_then(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with TrainingProgress(num_steps=6, log_every=3, console=Console(file=io.StringIO())) as progress:
        for _ in range(6):
            progress.step_done({"l1": 0.5})
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2
    assert lines[0].startswith("step 3 of 6, ")
    assert lines[0].endswith("left, l1 0.5")


def test_a_terminal_gets_a_bar_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=120)
    with TrainingProgress(num_steps=2, log_every=1, console=console) as progress:
        progress.step_done({"l1": 0.5})
    assert "1/2" in screen.getvalue()
    assert "l1 0.5" in screen.getvalue()
    assert not caplog.records


@pytest.mark.parametrize(("seconds", "text"), [(7.4, "7 s"), (60.0, "0:01 h"), (3 * 3600 + 310.0, "3:05 h")])
def test_durations_for_people(seconds: float, text: str) -> None:
    assert as_duration(seconds) == text
