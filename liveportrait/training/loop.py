"""The training loop: steps, and what happens between them. It knows nothing of the stages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import torch
from lightning_fabric import Fabric

from liveportrait.networks.presets import PortraitNetworks
from liveportrait.stopping import StopRequest
from liveportrait.training.agreement import any_says, check_same_step, has_training_state
from liveportrait.training.checkpointing import (
    RandomState,
    Stateful,
    load_training_state,
    save_training_state,
    training_state_path,
)
from liveportrait.training.learner import Learner
from liveportrait.training.metric_means import MetricMeans
from liveportrait.training.metrics_log import MetricsSink
from liveportrait.training.prefetching import Prefetcher
from liveportrait.training.progress import TrainingProgress
from liveportrait.training.schedule import ScheduleConfig, pace_at
from liveportrait.training.stopping import WorkingTime

StopReason: TypeAlias = Literal["done", "out of time", "asked to stop"]

KeepAverage: TypeAlias = Callable[[PortraitNetworks], None]
"""Puts the averaged networks where others find them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopConfig:
    """What happens between steps, and when the loop ends early."""

    log_every_steps: int = 20
    save_every_minutes: float = 10.0
    max_minutes: float | None = None
    """Working time of this call; the run can go on another day."""
    pause_file: Path | None = None
    """While this file exists the run waits: for machines that are shared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something to look at now and then: a sheet, figures on unseen clips."""

    every_steps: int
    look: Callable[[PortraitNetworks, int], None]
    """Takes the averaged networks and the number of steps done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """All that a loop works with."""

    learner: Learner
    batches: Prefetcher
    schedule: ScheduleConfig
    fabric: Fabric
    folder: Path
    """Where the run's state lies."""
    open_logs: Callable[[int], Sequence[MetricsSink]]
    """Takes the step that the run goes on from."""
    checks: tuple[Check, ...] = ()
    keep_average: KeepAverage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Where a loop ended and why."""

    step: int
    reason: StopReason


def train(run: Run, config: LoopConfig, *, time_spent: WorkingTime | None = None) -> Outcome:
    """Go on from the state in the run's folder, or from the start, and leave the state there.

    An interrupted and resumed run has the numbers of an uninterrupted one, bit for bit.
    `time_spent` is the clock of several loops that share their minutes.
    """
    time_spent = time_spent or WorkingTime()
    last_save = time_spent.minutes
    means = MetricMeans()
    state = _State(run, means)
    step = state.load()
    logs = run.open_logs(step) if run.fabric.is_global_zero else ()
    num_steps = run.schedule.num_steps
    shown: Mapping[str, float] = {}
    try:
        with (
            StopRequest() as request,
            TrainingProgress(num_steps=num_steps, step=step, log_every=config.log_every_steps) as progress,
        ):
            while (reason := _reason_to_end(step, run, config, time_spent, request)) is None:
                time_spent.wait_while(config.pause_file, request, run.fabric)
                batch = run.fabric.to_device(run.batches.take())
                means.add(run.learner.learn(batch, step=step, pace=pace_at(step, run.schedule)))
                step += 1
                if step % config.log_every_steps == 0:
                    shown = means.take()
                    for log in logs:
                        log.write(step, shown)
                progress.step_done(_headline(shown))
                _look(run, step)
                if any_says(run.fabric, yes=time_spent.minutes - last_save >= config.save_every_minutes):
                    state.save(step)
                    last_save = time_spent.minutes
        state.save(step)
    finally:
        run.batches.close()
        for log in logs:
            log.close()
    return Outcome(step=step, reason=reason)


class _State:
    """What is kept of a run, under one name each."""

    def __init__(self, run: Run, means: MetricMeans) -> None:
        self._run = run
        self._path = training_state_path(run.folder, rank=run.fabric.global_rank)
        self._parts: dict[str, Stateful] = {
            **run.learner.parts,
            "batches": run.batches,
            "means": means,
            "random": RandomState(),
        }

    def load(self) -> int:
        run = self._run
        if not has_training_state(run.fabric, run.folder):
            return 0
        step = load_training_state(self._path, self._parts)
        check_same_step(run.fabric, step, run.folder)
        return step

    def save(self, step: int) -> None:
        """The average first, so that no state lies without it; the states once all are written."""
        if self._run.keep_average is not None and self._run.fabric.is_global_zero:
            self._run.keep_average(self._run.learner.averaged)
        save_training_state(self._path, self._parts, step=step, all_written=self._run.fabric.barrier)


def _reason_to_end(
    step: int, run: Run, config: LoopConfig, time_spent: WorkingTime, request: StopRequest
) -> StopReason | None:
    if step >= run.schedule.num_steps:
        return "done"
    if any_says(run.fabric, yes=request.is_set):
        return "asked to stop"
    out_of_time = config.max_minutes is not None and time_spent.minutes >= config.max_minutes
    return "out of time" if any_says(run.fabric, yes=out_of_time) else None


def _look(run: Run, step: int) -> None:
    """Checks take none of the run's random numbers, and only the first process makes them."""
    if not run.fabric.is_global_zero:
        return
    for check in run.checks:
        if step % check.every_steps == 0 or step == run.schedule.num_steps:
            with torch.random.fork_rng():
                torch.manual_seed(0)
                check.look(run.learner.averaged, step)


def _headline(means: Mapping[str, float]) -> dict[str, float]:
    """What fits on a line; the log has all."""
    return {name: means[name] for name in ("loss",) if name in means}
