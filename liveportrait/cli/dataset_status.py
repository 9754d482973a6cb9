"""liveportrait dataset status: how far a run is."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import tyro

from liveportrait.cli import exit_codes
from liveportrait.cli.reporting import Reporter, ReportOptions
from liveportrait.cli.running import run_command
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.running.guard import shard_identities_of
from liveportrait.dataset.running.status import status_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Tell how many images are made, rejected, failed and open, from the ledgers alone."""

    output: tyro.conf.Positional[Path]
    """The folder of the dataset."""
    report: ReportOptions = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        folder = DatasetFolder(self.output)
        stages = status_of(folder, shard_identities=shard_identities_of(folder))
        reporter.facts({"stages": [asdict(stage) | {"num_open": stage.num_open} for stage in stages]})
        reporter.table(
            ["stage", "planned", "made", "rejected", "failed", "open", "shards done", "errors"],
            [
                [
                    stage.stage,
                    *map(str, (stage.num_planned, stage.num_ok, stage.num_rejected, stage.num_failed)),
                    str(stage.num_open),
                    f"{stage.num_shards_done}/{stage.num_shards}",
                    ", ".join(f"{name} {count}" for name, count in stage.errors.items()),
                ]
                for stage in stages
            ],
        )
        return exit_codes.OK


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, call, report."""
    return run_command(Status, arguments, prog="liveportrait dataset status")
