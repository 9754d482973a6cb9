"""liveportrait build: TensorRT plans of exported networks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from liveportrait.cli import exit_codes
from liveportrait.cli.reporting import Reporter, ReportOptions
from liveportrait.cli.running import run_command
from liveportrait.export.tensorrt_plans import PlanConfig, build_plans


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Build a plan of every graph that `liveportrait export` wrote, for other programs to run.

    This library's own engines build what they need at the first start and keep it.
    """

    exported: tyro.conf.Positional[Path]
    """The folder of the export."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """A new folder for the plans."""
    config: PlanConfig = field(default_factory=PlanConfig)
    report: ReportOptions = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        built = build_plans(self.exported, self.output, config=self.config)
        rows = [[name, f"{plan.num_bytes / 1e6:.1f}"] for name, plan in built.plans.items()]
        reporter.table(["plan", "MB"], rows)
        reporter.result(
            {"output": str(self.output)} | built.facts(),
            f"{len(built.plans)} plans of {built.model} in {built.precision} for {built.package} "
            f"{built.version}",
        )
        return exit_codes.OK


def main(arguments: Sequence[str]) -> int:
    """Parse, call, report."""
    return run_command(Command, arguments, prog="liveportrait build")
