"""liveportrait dataset verify: are the images those that were recorded?"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import tyro

from liveportrait.cli import exit_codes
from liveportrait.cli.progress_bar import counting_bar
from liveportrait.cli.reporting import Reporter, ReportOptions
from liveportrait.cli.running import run_command
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.running.guard import shard_identities_of
from liveportrait.dataset.running.verification import verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """Hash every image. Those that are missing or others are opened again: `run` makes them, and no more."""

    output: tyro.conf.Positional[Path]
    """The folder of the dataset."""
    report: ReportOptions = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        folder = DatasetFolder(self.output)
        with counting_bar(reporter, "shards") as progress:
            found = verify(folder, shard_identities=shard_identities_of(folder), progress=progress)
        for reopened in found.reopened:
            reporter.warn(f"{reopened.image_id}: {reopened.reason}")
        busy = f"; {found.num_busy_shards} shards are being worked on and were left out"
        reporter.result(
            asdict(found),
            f"{found.num_checked} images checked, {len(found.reopened)} to be made again"
            + busy * bool(found.num_busy_shards),
        )
        return exit_codes.SOME_FAILED if found.reopened else exit_codes.OK


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, call, report."""
    return run_command(Verify, arguments, prog="liveportrait dataset verify")
