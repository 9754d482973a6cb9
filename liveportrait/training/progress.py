"""How far a run is and when it will be done: a bar on a terminal, a line in a log file."""

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from statistics import median
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

logger = logging.getLogger(__name__)


class StepClock:
    """The pace of the last steps, and what follows from it."""

    def __init__(
        self, *, num_steps: int, step: int = 0, window: int = 50, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._num_steps, self._step, self._now = num_steps, step, now
        self._last = now()
        self._durations: deque[float] = deque(maxlen=window)

    def tick(self) -> None:
        """One more step is done."""
        now = self._now()
        self._durations.append(now - self._last)
        self._last = now
        self._step += 1

    @property
    def step(self) -> int:
        return self._step

    @property
    def seconds_per_step(self) -> float:
        """Median, so that a pause for validation does not count as pace; nan before the first step."""
        return median(self._durations) if self._durations else float("nan")

    @property
    def remaining_seconds(self) -> float:
        """At the present pace; nan before the first step."""
        return (self._num_steps - self._step) * self.seconds_per_step


class TrainingProgress:
    """Shows every step on a terminal; elsewhere logs every `log_every` steps."""

    def __init__(
        self, *, num_steps: int, step: int = 0, log_every: int = 50, console: Console | None = None
    ) -> None:
        self._clock = StepClock(num_steps=num_steps, step=step)
        self._num_steps, self._log_every = num_steps, log_every
        console = console or Console(stderr=True)
        self._bar = Progress(
            TextColumn("step"),
            MofNCompleteColumn(),
            BarColumn(),
            TextColumn("{task.description}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=num_steps, completed=step)

    def __enter__(self) -> "TrainingProgress":
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def step_done(self, values: Mapping[str, float]) -> None:
        """Count one step and show its numbers."""
        self._clock.tick()
        numbers = " ".join(f"{name} {value:.4g}" for name, value in values.items())
        pace = f"{self._clock.seconds_per_step:.2f} s/step, {as_duration(self._clock.remaining_seconds)} left"
        self._bar.update(self._task, advance=1, description=f"{pace}, {numbers}")
        if self._bar.disable and self._clock.step % self._log_every == 0:
            logger.info("step %d of %d, %s, %s", self._clock.step, self._num_steps, pace, numbers)


def as_duration(seconds: float) -> str:
    """Hours and minutes for people, such as 3:05 h; seconds below a minute."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60}:{minutes % 60:02d} h"
