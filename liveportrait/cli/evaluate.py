"""`liveportrait evaluate`: a model by fixed protocols, beside simple baselines."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from liveportrait.animator import AnimationSettings, Animator
from liveportrait.engines.config import EngineConfig
from liveportrait.evaluation.circumstances import circumstances_of
from liveportrait.evaluation.evaluation import EvaluationSettings
from liveportrait.evaluation.evaluation import evaluate as run_protocols
from liveportrait.evaluation.loading import SecondLandmarker, load_judges
from liveportrait.evaluation.report import write_report
from liveportrait.evaluation.sheet import cross_sheet, self_sheet
from liveportrait.evaluation.table import tables
from liveportrait.media.image_writer import write_image
from liveportrait.motion.settings import TransferSettings

Unprefixed = tyro.conf.arg(name="")


def main(arguments: Sequence[str]) -> None:
    """Parse, call, report."""
    tyro.cli(evaluate, prog="liveportrait evaluate", args=arguments)


def evaluate(
    settings: Annotated[EvaluationSettings, Unprefixed],
    *,
    model: str = "mini",
    engine: EngineConfig = EngineConfig(),  # noqa: B008 - frozen
    transfer: TransferSettings = TransferSettings(),  # noqa: B008
    second_landmarker: SecondLandmarker = "dlib",
    out: Path = Path("out/evaluation"),
) -> None:
    """Measure a model on clips and portraits; writes report.json, self.png and cross.png.

    Args:
        settings: Over what and how much.
        model: mini, human, animal, or a file or folder of weights.
        engine: What runs the networks.
        transfer: How portraits follow other people; clips that follow themselves are never stitched.
        second_landmarker: The judge of landmarks that taught no model; dlib's excludes commercial use.
        out: The folder for the report and the contact sheets, which show the people of the clips.
    """
    judges = load_judges(second_landmarker=second_landmarker)
    animator = Animator.load(model, engine=engine, settings=AnimationSettings(transfer=transfer))
    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), BarColumn(), TimeRemainingColumn())
    with Progress(*columns) as bar:
        task = bar.add_task("evaluation")

        def progress(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total)

        evaluation = run_protocols(animator, judges, settings, progress=progress)
    write_report(
        out / "report.json",
        evaluation,
        settings=settings,
        circumstances=circumstances_of(model, engine=engine, transfer=transfer),
        judges=judges,
    )
    write_image(out / "self.png", self_sheet(evaluation.clips))
    if evaluation.pairs:
        write_image(out / "cross.png", cross_sheet(evaluation.pairs))
    console = Console()
    console.print(tables(evaluation))
    console.print(f"{out / 'report.json'}, with contact sheets beside it")
