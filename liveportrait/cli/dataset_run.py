"""liveportrait dataset run: make the planned images, here or on many machines."""

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import tyro

from liveportrait.cli import exit_codes
from liveportrait.cli.dataset_recipe import RecipeOptions
from liveportrait.cli.progress_bar import counting_bar
from liveportrait.cli.reporting import Reporter, ReportOptions
from liveportrait.cli.running import run_command
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.running.config import Execution
from liveportrait.dataset.running.executors.local import InThisProcess, LocalProcesses
from liveportrait.dataset.running.executors.protocol import Executor
from liveportrait.dataset.running.executors.ray_cluster import RayCluster
from liveportrait.dataset.running.executors.slurm import SlurmSettings, slurm_script, submit
from liveportrait.dataset.running.sharding import place_from_environment
from liveportrait.dataset.running.whole import RunSummary, run_dataset
from liveportrait.stopping import StopRequest

Unprefixed = tyro.conf.arg(name="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Make the images of a plan. Stopped or killed, the same command goes on where it was.

    Exit codes: 0 all made; 3 all done, and some could not be made (see failures.parquet); 75 stopped
    in order, or others are still at work: run it again; 1 nothing can be made, or too much fails.
    """

    output: tyro.conf.Positional[Path]
    """The folder of the dataset, with its plan."""
    recipe: Annotated[RecipeOptions, Unprefixed] = field(default_factory=RecipeOptions)
    execution: Annotated[Execution, Unprefixed] = field(default_factory=Execution)
    executor: Literal["local", "environment", "slurm", "ray"] = "local"
    """local: processes of this machine. environment: this process is one of many, which a launcher began
    (torchrun, srun, a Slurm array). slurm: a script that does so. ray: actors on a cluster."""
    slurm_action: Literal["print", "submit"] = "print"
    """What happens to the script for Slurm."""
    slurm: SlurmSettings = field(default_factory=SlurmSettings)
    ray: RayCluster = field(default_factory=RayCluster)
    report: Annotated[ReportOptions, Unprefixed] = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        if self.executor == "slurm":
            return self._hand_to_slurm(reporter)
        folder = DatasetFolder(self.output)
        self.recipe.generators.tell_terms()
        with StopRequest() as stop, counting_bar(reporter, "images") as progress:
            summary = run_dataset(
                folder, self.recipe.recipe(), self.execution, self._executor(), stop, progress=progress
            )
        reporter.result(summary_facts(summary), summary_sentence(summary, folder))
        return exit_code_of(summary)

    def _executor(self) -> Executor:
        match self.executor:
            case "environment":
                return InThisProcess(place=place_from_environment())
            case "ray":
                return self.ray
            case _:
                return InThisProcess() if self.execution.num_workers == 1 else LocalProcesses()

    def _hand_to_slurm(self, reporter: Reporter) -> int:
        self.recipe.recipe()  # raises here, and not in each task
        script = slurm_script(
            self.slurm,
            [sys.executable, "-m", "liveportrait", *sys.argv[1:], "--executor", "environment"],
            num_workers=self.execution.num_workers,
            num_threads=self.execution.num_threads,
            log_folder=self.output,
            requeue_code=exit_codes.RESUMABLE,
        )
        if self.slurm_action == "submit":
            said = submit(script)
            reporter.result({"submitted": said}, said)
        else:
            reporter.result({"script": script}, script)
        return exit_codes.OK


def exit_code_of(summary: RunSummary) -> int:
    """How the session ended, for scripts."""
    if "too many failures" in summary.ends:
        return exit_codes.FAILED
    if not summary.is_complete:
        return exit_codes.RESUMABLE
    return exit_codes.SOME_FAILED if summary.num_failed else exit_codes.OK


def summary_facts(summary: RunSummary) -> dict[str, object]:
    """For programs."""
    return {
        "complete": summary.is_complete,
        "ends": sorted(summary.ends),
        "stages": [asdict(stage) | {"num_open": stage.num_open} for stage in summary.stages],
        "collected": None if summary.collected is None else asdict(summary.collected),
    }


def summary_sentence(summary: RunSummary, folder: DatasetFolder) -> str:
    """For people."""
    lines = [
        f"{stage.stage}: {stage.num_ok} made, {stage.num_rejected} rejected, {stage.num_failed} failed, "
        f"{stage.num_open} open" + _errors(stage.errors)
        for stage in summary.stages
    ]
    if "too many failures" in summary.ends:
        lines.append("Stopped, as more failed than --max-failure-rate allows.")
    elif summary.is_complete:
        lines.append(f"Finished: {folder.images}, {folder.identities}, {folder.failures}")
    else:
        lines.append(f"Not finished ({', '.join(sorted(summary.ends))}): the same command goes on.")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, call, report."""
    return run_command(Run, arguments, prog="liveportrait dataset run", style=(tyro.conf.FlagCreatePairsOff,))


def _errors(errors: dict[str, int]) -> str:
    told = ", ".join(f"{name} {count}" for name, count in errors.items())
    return f" ({told})" if told else ""
