"""Networks against the clock: all contestants in turns, so that a busy minute hits all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from liveportrait.benchmarking.contestants import Contestant, Field
from liveportrait.benchmarking.counting import convolution_gmacs_per_second, count_macs
from liveportrait.benchmarking.scene import Scene
from liveportrait.benchmarking.scopes import SCOPES, Scope
from liveportrait.benchmarking.timing import (
    Stopwatch,
    Timing,
    TimingConfig,
    peak_device_memory_mib,
    peak_memory_mib,
)
from liveportrait.engines.catalogue import DTYPES
from liveportrait.engines.protocol import ExportPrecision
from liveportrait.engines.signatures import StageName
from liveportrait.export.parity import psnr_db

TURNS = 5

LEAST_PSNR_DB = {"fp32": 80.0, "fp16": 40.0, "bf16": 30.0, "int8": 25.0, "fp8": 25.0}
"""Against the reference; a row below is marked as failed, however fast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRow:
    """One scope on one engine."""

    scope: str
    engine: str
    precision: str
    device: str
    timing: Timing
    calls_per_second: float
    """By the median."""
    times_reference: float
    """How many times as fast as the reference, by the medians."""
    times_reference_core: float
    """The same by core time, which a busy machine falsifies least."""
    psnr_db: float | None
    """Of the result against the reference's, over the range of values there; None for the reference."""
    is_correct: bool
    macs: int
    """In the form of the networks that the engine is given."""
    share_of_roof: float | None
    """Computed a second, over what a large 3x3 convolution in this precision reaches here; on a CPU a core
    second. None for int8 and fp8, of which PyTorch has no such convolution."""
    peak_memory_mib: float | None
    peak_device_memory_mib: float | None


@torch.inference_mode()
def time_networks(
    field: Field,
    scene: Scene,
    *,
    timing: TimingConfig,
    scopes: Sequence[Scope] = SCOPES,
) -> list[NetworkRow]:
    """Every scope on every contestant."""
    roofs: dict[ExportPrecision, float] = {
        name: convolution_gmacs_per_second(field.reference.device, DTYPES[name])
        for name in {one.precision for one in field.contestants}
        if name in DTYPES
    }
    macs = [_macs(one) for one in field.contestants]
    return [row for scope in scopes for row in _time_scope(scope, field, scene, macs, timing, roofs)]


def _time_scope(
    scope: Scope,
    field: Field,
    scene: Scene,
    macs: Sequence[Mapping[StageName, int]],
    timing: TimingConfig,
    roofs: Mapping[ExportPrecision, float],
) -> list[NetworkRow]:
    timings = _interleaved(scope, field.contestants, scene, timing)
    true = scope.call(field.reference.model, scene)
    rows = []
    for contestant, found, by_stage in zip(field.contestants, timings, macs, strict=True):
        psnr = (
            None if contestant.is_reference else psnr_over_range_db(scope.call(contestant.model, scene), true)
        )
        computed = sum(by_stage[stage] for stage in scope.stages)
        roof = roofs.get(contestant.precision)
        rows.append(
            NetworkRow(
                scope=scope.words,
                engine=contestant.engine,
                precision=contestant.precision,
                device=str(contestant.device),
                timing=found,
                calls_per_second=1000 / found.median_ms,
                times_reference=timings[0].median_ms / found.median_ms,
                times_reference_core=timings[0].core_ms / found.core_ms,
                psnr_db=psnr,
                is_correct=psnr is None or psnr >= LEAST_PSNR_DB[contestant.precision],
                macs=computed,
                share_of_roof=roof and computed / (_busy_ms(found, contestant) * 1e6) / roof,
                peak_memory_mib=peak_memory_mib(),
                peak_device_memory_mib=peak_device_memory_mib(contestant.device),
            )
        )
    return rows


def _macs(contestant: Contestant) -> dict[StageName, int]:
    model = contestant.model
    return count_macs(model.preset, engine=model.engines.engine, precision=contestant.precision)


def _busy_ms(timing: Timing, contestant: Contestant) -> float:
    return timing.core_ms if contestant.device.type == "cpu" else timing.median_ms


def _interleaved(
    scope: Scope, contestants: Sequence[Contestant], scene: Scene, timing: TimingConfig
) -> list[Timing]:
    """A, B, C, A, B, C: what disturbs one disturbs all."""
    watches = [
        Stopwatch(lambda model=one.model: scope.call(model, scene), device=one.device) for one in contestants
    ]
    for watch in watches:
        watch.warm_up(timing.warm_up)
    turns = min(TURNS, timing.repeats)
    for turn in range(turns):
        for watch in watches:
            watch.measure(timing.repeats // turns + (turn < timing.repeats % turns))
    return [watch.timing() for watch in watches]


def psnr_over_range_db(found: Tensor, true: Tensor) -> float:
    """Peak signal to noise ratio; the peak is the range of the true values. At most 150."""
    return psnr_db(found, true, peak=max(float(true.amax() - true.amin()), 1e-12))
