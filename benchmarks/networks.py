"""The networks of the human-size model: every engine and precision, and the released code, in turns.

    python benchmarks/networks.py --model WEIGHTS [--released CHECKOUT] [--also torch-compiled] [--json FILE]

WEIGHTS is a folder in the released layout; random weights in it will do. CHECKOUT is a checkout of
the released code: its networks then run on the same weights, among the others.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from liveportrait.benchmarking.bars import Bar
from liveportrait.benchmarking.benchmark import weights_of
from liveportrait.benchmarking.contestants import open_all
from liveportrait.benchmarking.network_rows import NetworkRow, time_networks
from liveportrait.benchmarking.released_code import open_released_code
from liveportrait.benchmarking.report import BenchmarkReport, save_report
from liveportrait.benchmarking.scene import SceneFiles, make_scene
from liveportrait.benchmarking.scopes import SCOPES
from liveportrait.benchmarking.timing import TimingConfig
from liveportrait.engines.catalogue import KINDS_ON_REQUEST
from liveportrait.engines.config import EngineConfig
from liveportrait.machine import this_machine
from liveportrait.media.pending_file import check_file

LEAST_RATIOS = {40.0: 2.7, 100.0: 1.4}
"""Core time of the plain reference form over that of the best row that is so many dB from it."""


def main() -> int:
    """Measure, say what was reached, and fail where a bar was missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", required=True)
    parser.add_argument("--released", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    asked = [kind.name for kind in KINDS_ON_REQUEST]
    parser.add_argument("--also", nargs="+", default=[], choices=asked, help="engines that auto leaves alone")
    parser.add_argument("--num-threads", type=int)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if arguments.json is not None:
        check_file(arguments.json)
    report = measure(arguments)
    for row in report.rows:
        print(_sentence(row))
    for line in (*report.refusals, *report.warnings, *report.bars):
        print(line)
    if arguments.json is not None:
        save_report(report, arguments.json)
    return int(not all(bar.is_met for bar in report.bars))


def measure(arguments: argparse.Namespace) -> BenchmarkReport:
    """The renderer alone, and a driven frame in all networks, on everybody who is here."""
    machine = this_machine()
    config = EngineConfig(device="cpu", num_threads=arguments.num_threads)
    field = open_all(arguments.model, config, also=arguments.also)
    if arguments.released is not None:
        released = open_released_code(arguments.released, Path(arguments.model))
        field = replace(field, contestants=(field.reference, released, *field.contestants[1:]))
    rows = time_networks(
        field,
        make_scene(SceneFiles(), field.reference.model),
        timing=TimingConfig(warm_up=1, repeats=arguments.repeats),
        scopes=[scope for scope in SCOPES if "W+G" in scope.words],
    )
    return BenchmarkReport(
        model=Path(arguments.model).name,
        weights=weights_of(arguments.model),
        machine=machine,
        num_threads=torch.get_num_threads(),
        rows=tuple(rows),
        refusals=field.refusals,
        bars=tuple(_bar(rows, psnr, ratio) for psnr, ratio in LEAST_RATIOS.items()),
    )


def _bar(rows: Sequence[NetworkRow], least_psnr_db: float, least_ratio: float) -> Bar:
    """The best row of ours over a driven frame."""
    exact = [
        row
        for row in rows
        if "M+S" in row.scope
        and row.engine != "released code"
        and row.psnr_db is not None
        and row.psnr_db >= least_psnr_db
    ]
    best = max(exact, key=lambda row: row.times_reference_core, default=None)
    return Bar(
        what=f"core time of the reference over ours at {least_psnr_db:.0f} dB or more",
        found=0.0 if best is None else best.times_reference_core,
        by="nobody" if best is None else f"{best.engine} {best.precision}",
        least=least_ratio,
    )


def _sentence(row: NetworkRow) -> str:
    exact = "the reference" if row.psnr_db is None else f"{row.psnr_db:.0f} dB to it"
    share = "" if row.share_of_roof is None else f", {row.share_of_roof:.0%} of the roof"
    return (
        f"{row.scope}: {row.engine} {row.precision}: {row.timing.core_ms / 1000:.2f} core-s, "
        f"{row.timing.median_ms / 1000:.2f} s, {row.times_reference_core:.2f} times the reference "
        f"by core time, {exact}{share}"
    )


if __name__ == "__main__":
    sys.exit(main())
