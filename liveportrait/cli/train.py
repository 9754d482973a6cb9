"""liveportrait train: prepare data, run a recipe, export its weights, fit what they mean."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

import tyro
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from liveportrait.cli import exit_codes
from liveportrait.cli.reporting import Reporter, ReportOptions
from liveportrait.cli.running import run_command
from liveportrait.errors import SettingError
from liveportrait.media.progress import Progress, silent
from liveportrait.training.preparation import PreparationConfig, PreparationSummary, prepare
from liveportrait.training.shards import TABLE
from liveportrait.training.space_fitting import SpaceFitConfig, fit_space

Unprefixed = tyro.conf.arg(name="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepare:
    """Make shards of clips and stills: faces followed, cropped, judged. Run again, it goes on."""

    config: Annotated[PreparationConfig, Unprefixed]
    report: Annotated[ReportOptions, Unprefixed] = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        with _file_bar(reporter) as progress:
            summary = prepare(self.config, progress=progress)
        reporter.result(asdict(summary), _sentence(summary, self.config.out))
        return exit_codes.OK if summary.num_shards else exit_codes.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Write the averaged networks of a run in half precision, ready for use."""

    run_folder: tyro.conf.Positional[Path]
    """A stage's folder of a run, or its file of networks."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """The folder of the new model."""
    licence: str | None = None
    """A name for the licence (SPDX, or LicenseRef-...); the run's data say whether it is for commerce."""
    origin: str | None = None
    """A sentence on where the weights come from, put before what the run says of its data."""
    report: Annotated[ReportOptions, Unprefixed] = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        from liveportrait.training.exporting import export_model

        exported = export_model(self.run_folder, self.output, licence=self.licence, origin=self.origin)
        licence = exported.provenance.licence
        use = "commercial use allowed" if licence.commercial_use else "no commercial use"
        size = f"{exported.num_bytes / 2**20:.1f} MiB"
        reporter.result(asdict(exported), f"{exported.path}: {size}, {licence.spdx} ({use})")
        return exit_codes.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class FitSpace:
    """Find what a trained model's expression means: its neutral face and its sliders."""

    model: tyro.conf.Positional[Path]
    """The folder of an exported model; its expression space is written there."""
    fit: Annotated[SpaceFitConfig, Unprefixed]
    report: Annotated[ReportOptions, Unprefixed] = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        calibration = fit_space(self.model, self.fit)
        fits = [asdict(fit) for fit in calibration.fits]
        lines = (
            f"{fit.name}: read back with correlation {fit.correlation:.2f}"
            + ", one side mirrored" * fit.mirrored
            for fit in calibration.fits
        )
        reporter.result({"model_id": self.fit.model_id, "sliders": fits}, "\n".join(lines))
        return exit_codes.OK


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, call, report."""
    return run_command(
        _command(), arguments, prog="liveportrait train", style=(tyro.conf.FlagCreatePairsOff,)
    )


def _command() -> Any:
    """`run` has a word for each recipe, made from recipes that need what only training does."""
    try:
        from liveportrait.cli.train_run import Run
    except ModuleNotFoundError as error:
        raise SettingError(f"{error}; training needs `pip install liveportrait[train]`") from error
    return (
        Annotated[Prepare, tyro.conf.subcommand("prepare")]
        | Annotated[Run, tyro.conf.subcommand("run")]
        | Annotated[Export, tyro.conf.subcommand("export")]
        | Annotated[FitSpace, tyro.conf.subcommand("fit-space")]
    )


def _sentence(summary: PreparationSummary, out: Path) -> str:
    left_out = [f"{reason.replace('_', ' ')} {count}" for reason, count in summary.drops_by_reason.items()]
    unknown = summary.num_unknown_origin
    return (
        f"{summary.num_shards} shards with {summary.num_frames} frames of {summary.num_files} files "
        f"({summary.num_done_before} done before)"
        + (f"; left out: {', '.join(left_out)}" if left_out else "")
        + (f"; without a stated origin or licence: {unknown} files" if unknown else "")
        + f". All of it is in {out / TABLE}"
    )


@contextmanager
def _file_bar(reporter: Reporter) -> Iterator[Progress]:
    """Files done and the time that is left; nothing where nobody looks."""
    if not reporter.shows_progress:
        yield silent
        return
    columns = (TextColumn("files"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=reporter.err, transient=True) as bars:
        task = bars.add_task("", total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
