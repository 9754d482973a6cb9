"""A benchmark: who is timed, on what, and what is told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch

from liveportrait.benchmarking.contestants import Contestant, Field, open_all, open_chosen
from liveportrait.benchmarking.network_rows import time_networks
from liveportrait.benchmarking.pipeline import PipelineRow
from liveportrait.benchmarking.pipeline_turns import time_in_turns
from liveportrait.benchmarking.report import BenchmarkReport
from liveportrait.benchmarking.scene import SceneFiles, make_scene
from liveportrait.benchmarking.start_up import time_start_up
from liveportrait.benchmarking.timing import TimingConfig
from liveportrait.checkpoints.catalogue import summarise_model
from liveportrait.checkpoints.manifest import sha256_of
from liveportrait.engines.config import EngineConfig
from liveportrait.engines.protocol import EngineName
from liveportrait.errors import SettingError
from liveportrait.machine import this_machine

Part: TypeAlias = Literal["networks", "pipeline", "start-up"]

PARTS: tuple[Part, ...] = ("networks", "pipeline", "start-up")


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkConfig:
    """What is measured."""

    model: str = "mini"
    """mini, human, animal, or the path of a folder or file of weights."""
    compare: bool = False
    """Time every engine and precision that is here, not the one that was asked for alone."""
    also: tuple[EngineName, ...] = ()
    """To `compare`: engines that `auto` leaves alone, such as torch-compiled, which compiles for minutes."""
    parts: tuple[Part, ...] = PARTS
    """Single networks; the whole pipeline from file to file; the way to the first frame."""
    seconds: float = 10.0
    """Of driving video that goes through the pipeline."""
    engine: EngineConfig = EngineConfig()
    files: SceneFiles = SceneFiles()
    timing: TimingConfig = TimingConfig()


def run_benchmark(config: BenchmarkConfig) -> BenchmarkReport:
    """Measure; nothing is written."""
    machine = this_machine()
    if config.also and not config.compare:
        raise SettingError("--also adds to --compare; to time one engine, name it by --engine.")
    field = (
        open_all(config.model, config.engine, also=config.also)
        if config.compare
        else open_chosen(config.model, config.engine)
    )
    rows = []
    if "networks" in config.parts:
        scene = make_scene(config.files, field.reference.model)
        rows = time_networks(field, scene, timing=config.timing)
    pipelines = _time_pipelines(field, config) if "pipeline" in config.parts else []
    start_up = None
    if "start-up" in config.parts:
        start_up = time_start_up(config.model, config.engine, config.files)
    return BenchmarkReport(
        model=config.model,
        weights=weights_of(config.model),
        machine=machine,
        num_threads=torch.get_num_threads(),
        rows=tuple(rows),
        end_to_end=_best(pipelines, field.chosen),
        pipelines=tuple(pipelines),
        start_up=start_up,
        refusals=field.refusals,
    )


def _time_pipelines(field: Field, config: BenchmarkConfig) -> list[PipelineRow]:
    """The reference and the chosen one; with `compare` everybody."""
    return time_in_turns(
        field.contestants, config.files, seconds=config.seconds, num_threads=config.engine.num_threads
    )


def _best(rows: Sequence[PipelineRow], chosen: Contestant) -> PipelineRow | None:
    """The whole pipeline of who was asked for."""
    mine = [row for row in rows if (row.engine, row.precision) == (chosen.engine, chosen.precision)]
    return mine[0] if mine else None


def weights_of(model: str) -> str:
    """Which weights they are: the sha256 of their one file, or where they come from."""
    summary = summarise_model(model)
    return f"sha256 {sha256_of(summary.path)}" if summary.path.is_file() else str(summary.provenance.origin)
