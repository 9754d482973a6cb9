"""Timing a call, many times: warm-up, synchronisation, percentiles, and what it costs in cores."""

import math
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from liveportrait.errors import SettingError

if sys.platform != "win32":
    import resource


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingConfig:
    """How often something is done."""

    warm_up: int = 5
    """Calls that do not count: caches fill, engines choose their kernels."""
    repeats: int = 30
    """Calls that count."""

    def __post_init__(self) -> None:
        if self.warm_up < 0 or self.repeats < 1:
            raise SettingError(
                f"A timing takes 0 or more calls to warm up and 1 or more that count; "
                f"got {self.warm_up} and {self.repeats}."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What one call takes."""

    num_calls: int
    warm_up: int
    median_ms: float
    p95_ms: float
    p99_ms: float
    least_ms: float
    mean_ms: float
    mean_uncertainty_ms: float | None
    """The mean of many more calls is as near as this, 19 times of 20; None for a single call."""
    first_ms: float | None
    """The very first call, in which engines may compile or record; None where it is not seen."""
    core_ms: float
    """Processor time of all threads of this process together, a call; on a GPU that of the host alone."""


class Stopwatch:
    """Collects calls of one thing, in as many turns as wanted."""

    def __init__(self, call: Callable[[], object], *, device: torch.device) -> None:
        self._call = call
        self._device = device
        self._walls_ms: list[float] = []
        self._cores_ms: list[float] = []
        self._first_ms: float | None = None
        self._warm_up = 0

    def warm_up(self, num_calls: int) -> None:
        """Call without counting."""
        for _ in range(num_calls):
            self._timed()
        self._warm_up += num_calls

    def measure(self, num_calls: int) -> None:
        """Call, and wait for the device after each."""
        for _ in range(num_calls):
            wall_ms, core_ms = self._timed()
            self._walls_ms.append(wall_ms)
            self._cores_ms.append(core_ms)

    def timing(self) -> Timing:
        return timing_of(
            self._walls_ms,
            core_ms=statistics.fmean(self._cores_ms),
            warm_up=self._warm_up,
            first_ms=self._first_ms,
        )

    def _timed(self) -> tuple[float, float]:
        core, wall = time.process_time(), time.perf_counter()
        self._call()
        synchronise(self._device)
        wall_ms, core_ms = (time.perf_counter() - wall) * 1000, (time.process_time() - core) * 1000
        if self._first_ms is None:
            self._first_ms = wall_ms
        return wall_ms, core_ms


def timing_of(
    walls_ms: Sequence[float], *, core_ms: float, warm_up: int, first_ms: float | None = None
) -> Timing:
    """Percentiles of calls that were timed one by one."""
    return Timing(
        num_calls=len(walls_ms),
        warm_up=warm_up,
        median_ms=statistics.median(walls_ms),
        p95_ms=percentile(walls_ms, 0.95),
        p99_ms=percentile(walls_ms, 0.99),
        least_ms=min(walls_ms),
        mean_ms=statistics.fmean(walls_ms),
        mean_uncertainty_ms=_uncertainty(walls_ms),
        first_ms=first_ms,
        core_ms=core_ms,
    )


def _uncertainty(values: Sequence[float]) -> float | None:
    """Half of the 95 % confidence interval of their mean, were they drawn from a normal distribution."""
    return 1.96 * statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else None


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that this share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def synchronise(device: torch.device) -> None:
    """Wait for what a device still has to do; a CPU has nothing."""
    match device.type:
        case "cuda":
            torch.cuda.synchronize(device)
        case "mps":
            torch.mps.synchronize()


def peak_memory_mib() -> float | None:
    """The most that this process ever held: it never sinks, so a row may show what an earlier one took."""
    if sys.platform == "win32":
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def peak_device_memory_mib(device: torch.device) -> float | None:
    """The most that PyTorch held on a GPU so far; None elsewhere."""
    return torch.cuda.max_memory_allocated(device) / 2**20 if device.type == "cuda" else None
