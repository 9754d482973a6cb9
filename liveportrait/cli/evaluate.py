"""liveportrait evaluate: a model by fixed protocols, beside simple baselines."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from liveportrait.animator import Animator
from liveportrait.cli import exit_codes
from liveportrait.cli.model_terms import tell_terms
from liveportrait.cli.reporting import Reporter, ReportOptions
from liveportrait.cli.running import run_command
from liveportrait.engines.config import EngineConfig
from liveportrait.evaluation.circumstances import circumstances_of
from liveportrait.evaluation.evaluation import Evaluation, EvaluationSettings, evaluate
from liveportrait.evaluation.loading import SecondLandmarker, load_judges
from liveportrait.evaluation.report import bar_rows, write_report
from liveportrait.evaluation.sheet import cross_sheet, self_sheet
from liveportrait.evaluation.table import tables
from liveportrait.media.pending_file import check_file, make_folder
from liveportrait.media.picture_files import save_picture
from liveportrait.media.progress import Progress, silent
from liveportrait.motion.settings import TransferSettings
from liveportrait.stepping import AnimationSettings

REPORT = "report.json"
SHEETS = ("self.png", "cross.png")
"""Of clips that follow themselves, and of portraits that follow others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Measure a model: clips that follow themselves, portraits that follow others, edits, stitching.

    The judges are networks from packages; where one is missing the message says which to install.
    """

    settings: Annotated[EvaluationSettings, tyro.conf.arg(name="")]
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = Path("out/evaluation")
    """The folder for report.json, self.png and cross.png. The sheets show the people of the clips."""
    model: str = "mini"
    """mini, human, animal, or the path of a folder or file of weights."""
    second_landmarker: SecondLandmarker = "dlib"
    """A judge of landmarks that taught no model; the terms of dlib's weights exclude commercial use."""
    transfer: Annotated[TransferSettings, tyro.conf.arg(name="")] = field(default_factory=TransferSettings)
    engine: Annotated[EngineConfig, tyro.conf.arg(name="")] = field(default_factory=EngineConfig)
    report: Annotated[ReportOptions, tyro.conf.arg(name="")] = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        _check_output(self.output)
        judges = load_judges(second_landmarker=self.second_landmarker)
        settings = AnimationSettings(transfer=self.transfer)
        animator = Animator.load(self.model, engine=self.engine, settings=settings)
        tell_terms(self.model)
        with _bar(reporter) as progress:
            evaluation = evaluate(animator, judges, self.settings, progress=progress)
        write_report(
            self.output / REPORT,
            evaluation,
            settings=self.settings,
            circumstances=circumstances_of(self.model, engine=self.engine, transfer=self.transfer),
            judges=judges,
        )
        _write_sheets(self.output, evaluation)
        for table in tables(evaluation):
            reporter.say(f"\n{table.title}")
            reporter.table(table.head, table.rows)
        cleared = sum(bar.cleared for bar in evaluation.bars)
        reporter.result(
            {"output": str(self.output), "bars": bar_rows(evaluation.bars)},
            f"\n{cleared} of {len(evaluation.bars)} bars cleared; {self.output / REPORT} says more",
        )
        return exit_codes.OK


def main(arguments: Sequence[str]) -> int:
    """Parse, call, report."""
    return run_command(Command, arguments, prog="liveportrait evaluate")


def _check_output(folder: Path) -> None:
    """Make it, and raise now what writing into it after hours of work would raise."""
    make_folder(folder)
    for name in (REPORT, *SHEETS):
        check_file(folder / name)


def _write_sheets(folder: Path, evaluation: Evaluation) -> None:
    self_file, cross_file = (folder / name for name in SHEETS)
    save_picture(self_sheet(evaluation.clips), self_file)
    if evaluation.pairs:
        save_picture(cross_sheet(evaluation.pairs), cross_file)


@contextmanager
def _bar(reporter: Reporter) -> Iterator[Progress]:
    """One bar that every protocol fills anew; nothing where nobody looks."""
    if not reporter.shows_progress:
        yield silent
        return
    columns = (TextColumn("evaluating"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=reporter.err, transient=True) as bars:
        task = bars.add_task("", total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
