import os
import signal
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from liveportrait.errors import WeightsError
from liveportrait.stopping import StopRequest
from liveportrait.training.checkpointing import training_state_path
from liveportrait.training.loop import Check, LoopConfig, train
from liveportrait.training.schedule import ScheduleConfig, pace_at
from liveportrait.training.stopping import PAUSE_POLL_SECONDS, WorkingTime
from tests.training.small_stages import one_process
from tests.training.toy_runs import ToyLearner, toy_run

EVERY = LoopConfig(log_every_steps=4)


def test_a_stopped_and_resumed_run_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    """Stopped between two rows of the log; weights, optimiser, log and random numbers go on bit for bit."""
    whole = ToyLearner()
    assert train(toy_run(tmp_path / "whole", whole), EVERY).reason == "done"

    def stop_at_six(step: int) -> None:
        if step == 5:
            os.kill(os.getpid(), signal.SIGTERM)

    first = ToyLearner(stop_at_six)
    outcome = train(toy_run(tmp_path / "parts", first), EVERY)
    assert (outcome.step, outcome.reason) == (6, "asked to stop")
    second = ToyLearner()
    outcome = train(toy_run(tmp_path / "parts", second, seed=7), EVERY)
    assert (outcome.step, outcome.reason) == (12, "done")

    assert second.module.bias.equal(whole.module.bias) and second.module.weight.equal(whole.module.weight)
    logs = [(tmp_path / name / "log.csv").read_text() for name in ("whole", "parts")]
    assert logs[0] == logs[1]
    assert logs[0].count("\n") == 4
    assert whole.paces == first.paces + second.paces


def test_a_finished_run_is_left_alone(tmp_path: Path) -> None:
    train(toy_run(tmp_path, ToyLearner()), EVERY)
    again = ToyLearner()
    outcome = train(toy_run(tmp_path, again), EVERY)
    assert (outcome.step, outcome.reason, again.paces) == (12, "done", [])


def test_the_handlers_of_signals_are_put_back(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    train(toy_run(tmp_path, ToyLearner()), EVERY)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_second_interrupt_ends_at_once(tmp_path: Path) -> None:
    """Asked twice the run does not wait for its step; the last state that was saved stays."""

    def interrupt_twice(step: int) -> None:
        if step == 3:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train(toy_run(tmp_path, ToyLearner(interrupt_twice)), EVERY)
    assert not training_state_path(tmp_path).exists()


def test_time_runs_out_between_steps_and_the_state_is_kept(tmp_path: Path) -> None:
    """By a clock on which every step takes 25 seconds."""
    seconds = [0.0]
    learner = ToyLearner(lambda step: seconds.append(seconds[-1] + 25.0))
    clock = WorkingTime(now=lambda: seconds[-1])
    outcome = train(toy_run(tmp_path, learner), LoopConfig(max_minutes=1.0), time_spent=clock)
    assert (outcome.step, outcome.reason) == (3, "out of time")
    more = train(toy_run(tmp_path, ToyLearner()), EVERY)
    assert (more.step, more.reason) == (12, "done")


def test_a_run_waits_while_the_pause_file_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file goes while the run sleeps for the third time; no step was made before."""
    pause = tmp_path / "PAUSE"
    pause.touch()
    naps: list[float] = []
    learner = ToyLearner()

    def sleep(seconds: float) -> None:
        assert not learner.paces
        naps.append(seconds)
        if len(naps) == 3:
            pause.unlink()

    monkeypatch.setattr("liveportrait.training.stopping.time", SimpleNamespace(sleep=sleep))
    assert train(toy_run(tmp_path, learner), LoopConfig(pause_file=pause)).reason == "done"
    assert naps == [PAUSE_POLL_SECONDS] * 3
    assert len(learner.paces) == 12


def test_a_pause_is_no_working_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pause = tmp_path / "PAUSE"
    pause.touch()
    seconds = [0.0]

    def sleep(duration: float) -> None:
        seconds[0] += 600.0
        pause.unlink()

    monkeypatch.setattr("liveportrait.training.stopping.time", SimpleNamespace(sleep=sleep))
    clock = WorkingTime(now=lambda: seconds[0])
    seconds[0] = 60.0
    clock.wait_while(pause, StopRequest(), one_process())
    assert clock.minutes == 1.0


def test_a_paused_run_can_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pause = tmp_path / "PAUSE"
    pause.touch()
    request = StopRequest()
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        request.is_set = True

    monkeypatch.setattr("liveportrait.training.stopping.time", SimpleNamespace(sleep=sleep))
    WorkingTime().wait_while(pause, request, one_process())
    assert len(naps) == 1
    assert pause.exists()


def test_checks_see_the_average_and_disturb_nothing(tmp_path: Path) -> None:
    """They may draw random numbers: the run's own stay as they were."""
    seen: list[int] = []

    def look(networks: nn.Module, step: int) -> None:
        torch.rand(100)
        seen.append(step)

    checked, unchecked = ToyLearner(), ToyLearner()
    train(toy_run(tmp_path / "a", checked, checks=(Check(every_steps=5, look=look),)), EVERY)
    train(toy_run(tmp_path / "b", unchecked), EVERY)
    assert seen == [5, 10, 12]
    assert checked.module.bias.equal(unchecked.module.bias)


def test_the_state_is_saved_on_the_way(tmp_path: Path) -> None:
    found: list[bool] = []
    learner = ToyLearner(lambda step: found.append(training_state_path(tmp_path).exists()))
    train(toy_run(tmp_path, learner), LoopConfig(save_every_minutes=0.0))
    assert found == [False] + [True] * 11


def test_the_state_of_another_run_is_refused(tmp_path: Path) -> None:
    train(toy_run(tmp_path, ToyLearner()), EVERY)
    other = ToyLearner()
    other.module = nn.Linear(2, 1)
    with pytest.raises(WeightsError, match="does not fit this run"):
        train(toy_run(tmp_path, other), EVERY)


def test_the_pace_rises_then_falls_to_its_end() -> None:
    config = ScheduleConfig(num_steps=100, batch_size=1, warmup_steps=10, final_pace=0.1)
    paces = [pace_at(step, config) for step in range(101)]
    assert paces[0] == pytest.approx(0.1, rel=1e-3)
    assert max(paces) == paces[9] or max(paces) == paces[10]
    assert paces[50] == pytest.approx(0.55)
    assert paces[100] == pytest.approx(0.1)
    assert all(later <= earlier for earlier, later in pairwise(paces[10:]))
