"""liveportrait bench: how fast a model is on this machine."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from liveportrait.benchmarking.benchmark import BenchmarkConfig, run_benchmark
from liveportrait.benchmarking.network_rows import NetworkRow
from liveportrait.benchmarking.pipeline import PipelineRow
from liveportrait.benchmarking.report import BenchmarkReport, save_report
from liveportrait.cli import exit_codes
from liveportrait.cli.model_terms import tell_terms
from liveportrait.cli.reporting import Reporter, ReportOptions
from liveportrait.cli.running import run_command
from liveportrait.media.pending_file import check_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Measure networks, the whole pipeline and the start, with what they compute beside how fast.

    Times are wall times of one call after a warm-up; engines take turns. Nothing is added up.
    """

    config: BenchmarkConfig = field(default_factory=BenchmarkConfig)
    json: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """Write the figures here too; an earlier file is replaced."""
    verbose: Annotated[tyro.conf.UseCounterAction[int], tyro.conf.arg(aliases=["-v"])] = 0
    """Log to stderr: -v what is done, -vv every detail."""

    @property
    def report(self) -> ReportOptions:
        return ReportOptions(verbose=self.verbose)

    def run(self, reporter: Reporter) -> int:
        if self.json is not None:
            check_file(self.json)
        tell_terms(self.config.model)
        report = run_benchmark(self.config)
        if self.json is not None:
            save_report(report, self.json)
        _show(report, reporter)
        return exit_codes.OK


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, call, report."""
    return run_command(Command, arguments, prog="liveportrait bench")


def _show(report: BenchmarkReport, reporter: Reporter) -> None:
    machine = report.machine
    reporter.say(f"{report.model} on {machine.cpu}, {report.num_threads} threads, {machine.device}")
    head = ["ms", "p95", "p99", "core ms", "a second"]
    if report.rows:
        more = ["x reference", "dB to it", "M MACs", "of the roof"]
        reporter.table(["network", "engine", *head, *more], [_network_row(row) for row in report.rows])
    if report.pipelines:
        more = ["x reference", "SSIM", "MiB"]
        rows = [_pipeline_row(row) for row in report.pipelines]
        reporter.table(["from file to file", "engine", *head, *more], rows)
    if report.start_up is not None:
        start = report.start_up
        reporter.say(
            f"\nfrom the start of Python: torch {start.torch_imported:.2f} s, this package "
            f"{start.package_imported:.2f} s, model {start.model_loaded:.2f} s, "
            f"first frame {start.first_frame:.2f} s ({start.core_seconds:.2f} core-s)"
        )
    for refusal in report.refusals:
        reporter.say(f"not here: {refusal}")
    for warning in report.warnings:
        reporter.warn(f"warning: {warning}")


def _network_row(row: NetworkRow) -> list[str]:
    timing = row.timing
    return [
        row.scope,
        f"{row.engine} {row.precision}",
        f"{timing.median_ms:.2f}",
        f"{timing.p95_ms:.2f}",
        f"{timing.p99_ms:.2f}",
        f"{timing.core_ms:.2f}",
        f"{row.calls_per_second:.1f}",
        f"{row.times_reference:.2f}",
        "" if row.psnr_db is None else f"{row.psnr_db:.0f}{'' if row.is_correct else ' FAILED'}",
        f"{row.macs / 1e6:.0f}",
        "" if row.share_of_roof is None else f"{row.share_of_roof:.0%}",
    ]


def _pipeline_row(row: PipelineRow) -> list[str]:
    frame = row.frame
    return [
        row.scope,
        f"{row.engine} {row.precision}",
        f"{frame.median_ms:.1f}",
        f"{frame.p95_ms:.1f}",
        f"{frame.p99_ms:.1f}",
        f"{frame.core_ms:.1f}",
        f"{row.frames_per_second:.1f}",
        "" if row.times_reference is None else f"{row.times_reference:.2f}",
        f"{row.ssim_after_encoding:.3f}",
        "" if row.peak_memory_mib is None else f"{row.peak_memory_mib:.0f}",
    ]
