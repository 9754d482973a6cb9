"""liveportrait dataset replay: one recorded image, made again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from liveportrait.cli import exit_codes
from liveportrait.cli.dataset_recipe import GeneratorOptions, RecipeOptions
from liveportrait.cli.reporting import Reporter, ReportOptions
from liveportrait.cli.running import run_command
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.running.config import Execution
from liveportrait.dataset.running.replaying import replay
from liveportrait.media.pending_file import write_bytes

Unprefixed = tyro.conf.arg(name="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Make an image again from its record, and compare the bytes.

    Generators and weights are named as for the run, and compared with its; all else is known from it.
    """

    output: tyro.conf.Positional[Path]
    """The folder of the dataset, which is left as it is."""
    image_id: tyro.conf.Positional[str]
    """As the tables have it: 0123456789ab.live_0_e."""
    save: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """Where to write the new image."""
    generators: Annotated[GeneratorOptions, Unprefixed] = field(default_factory=GeneratorOptions)
    execution: Annotated[Execution, Unprefixed] = field(default_factory=Execution)
    report: Annotated[ReportOptions, Unprefixed] = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        self.generators.tell_terms()
        recipe = RecipeOptions(generators=self.generators).recipe()
        made = replay(DatasetFolder(self.output), recipe, self.execution, self.image_id)
        if self.save is not None:
            write_bytes(self.save, made.image.content)
        recorded = made.record.stored.sha256 if made.record.stored else None
        facts = {"same": made.is_same, "recorded_sha256": recorded, "sha256": made.image.sha256}
        same, other = (
            "the same bytes",
            "other bytes than recorded: another machine, engine or number of threads?",
        )
        reporter.result(facts, f"{self.image_id}: {same if made.is_same else other}")
        return exit_codes.OK if made.is_same else exit_codes.SOME_FAILED


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, call, report."""
    return run_command(
        Replay, arguments, prog="liveportrait dataset replay", style=(tyro.conf.FlagCreatePairsOff,)
    )
