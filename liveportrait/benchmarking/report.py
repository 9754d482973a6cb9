"""What was measured, for programs."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from liveportrait.benchmarking.bars import Bar
from liveportrait.benchmarking.file_row import FileRow
from liveportrait.benchmarking.network_rows import NetworkRow
from liveportrait.benchmarking.pipeline import PipelineRow
from liveportrait.benchmarking.scopes import CACHED
from liveportrait.benchmarking.start_up import StartUp
from liveportrait.machine import Machine, gpu_facts
from liveportrait.media.pending_file import write_bytes

FORMAT = "liveportrait-benchmark/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkReport:
    """One benchmark of one model on one machine."""

    model: str
    weights: str
    """The sha256 of the weights file, or that there is none to name."""
    machine: Machine
    num_threads: int
    rows: tuple[NetworkRow, ...] = ()
    end_to_end: PipelineRow | None = None
    """The whole pipeline on the engine that was asked for."""
    pipelines: tuple[PipelineRow, ...] = ()
    """All that were timed, in that order; no figure is a sum of others."""
    animations: tuple[FileRow, ...] = ()
    """`liveportrait animate`, which takes more passes than one."""
    start_up: StartUp | None = None
    refusals: tuple[str, ...] = ()
    """Engines that could not be had, and why."""
    bars: tuple[Bar, ...] = ()
    """What was to be reached."""
    cached: str = CACHED
    gpu_after: dict[str, str] = field(default_factory=gpu_facts)
    """As in `machine.gpu`, when all was measured: clocks may have sunk."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why the figures are to be taken with care."""
        found = [self.machine.warning] if self.machine.warning else []
        found += [
            f"{row.scope} on {row.engine} {row.precision} is off: {row.psnr_db:.0f} dB"
            for row in self.rows
            if not row.is_correct and row.psnr_db is not None
        ]
        return tuple(found)

    def facts(self) -> dict[str, Any]:
        """As JSON has it."""
        bars = [bar.facts() for bar in self.bars]
        return {"format": FORMAT, "warnings": self.warnings, **asdict(self), "bars": bars}


def save_report(report: BenchmarkReport, path: Path) -> None:
    """Write it, whole or not at all."""
    write_bytes(path, json.dumps(report.facts(), indent=1).encode() + b"\n")
