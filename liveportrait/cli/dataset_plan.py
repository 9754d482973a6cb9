"""liveportrait dataset plan: decide everything about a dataset before anything is made."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from liveportrait.cli import exit_codes
from liveportrait.cli.progress_bar import counting_bar
from liveportrait.cli.reporting import Reporter, ReportOptions
from liveportrait.cli.running import run_command
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.planning.config import (
    DocumentSource,
    IdentitiesSource,
    PlanConfig,
    SampledSource,
)
from liveportrait.dataset.planning.plan import make_plan

Unprefixed = tyro.conf.arg(name="")
Output = Annotated[Path, tyro.conf.arg(aliases=["-o"])]


@dataclass(frozen=True, slots=True, kw_only=True)
class FromDocuments:
    """Plan with the people on the document images of a folder, one picture a person."""

    source: Annotated[DocumentSource, Unprefixed]
    output: Output
    """The folder of the dataset; new, or with this same plan."""
    config: Annotated[PlanConfig, Unprefixed] = field(default_factory=PlanConfig)
    report: Annotated[ReportOptions, Unprefixed] = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        return _plan(self.source, self.output, self.config, reporter)


@dataclass(frozen=True, slots=True, kw_only=True)
class FromAttributes:
    """Plan with people by drawn attributes; their documents are made from words when the plan is run."""

    source: Annotated[SampledSource, Unprefixed]
    output: Output
    """The folder of the dataset; new, or with this same plan."""
    config: Annotated[PlanConfig, Unprefixed] = field(default_factory=PlanConfig)
    report: Annotated[ReportOptions, Unprefixed] = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        return _plan(self.source, self.output, self.config, reporter)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, call, report."""
    kind = (
        Annotated[FromDocuments, tyro.conf.subcommand("documents")]
        | Annotated[FromAttributes, tyro.conf.subcommand("attributes")]
    )
    return run_command(kind, arguments, prog="liveportrait dataset plan")


def _plan(source: IdentitiesSource, output: Path, config: PlanConfig, reporter: Reporter) -> int:
    folder = DatasetFolder(output)
    with counting_bar(reporter, "documents") as progress:
        facts = make_plan(source, folder, config=config, progress=progress)
    sentence = f"{folder.plan}: {facts.num_identities} identities, {facts.num_images} images"
    if facts.num_failures:
        sentence += f"; {facts.num_failures} documents left out, {folder.plan_failures} says why"
    counts = {name: value for name, value in asdict(facts).items() if name != "settings"}
    reporter.result({"plan": str(folder.plan), **counts}, sentence)
    return exit_codes.SOME_FAILED if facts.num_failures else exit_codes.OK
