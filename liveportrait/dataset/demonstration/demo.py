"""The whole way in one call: plan, run, measure, publish, and a sheet to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from liveportrait.dataset.biometrics.evaluation import evaluate
from liveportrait.dataset.biometrics.plots import write_plots
from liveportrait.dataset.biometrics.report import write_report
from liveportrait.dataset.demonstration.sheet import people_sheet
from liveportrait.dataset.embeddings import load_embeddings
from liveportrait.dataset.exporting.card import CardSettings
from liveportrait.dataset.exporting.publishing import write_card
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.people import read_people
from liveportrait.dataset.planning.config import DocumentSource, LiveConfig, PlanConfig
from liveportrait.dataset.planning.plan import make_plan
from liveportrait.dataset.running.config import Execution, Recipe
from liveportrait.dataset.running.executors.local import InThisProcess
from liveportrait.dataset.running.whole import RunSummary, run_dataset
from liveportrait.media.picture_files import save_picture
from liveportrait.media.progress import Progress, silent
from liveportrait.stopping import StopSignal

PORTRAITS = Path(__file__).parent / "portraits"
PRESETS = Path(__file__).parent / "presets"
LICENCE = "LicenseRef-Public-Domain AND MIT"
"""Of the portraits: a photograph by NASA, and renderings of a head of MIT licence."""
CARD = CardSettings(
    title="Demo of liveportrait's dataset generator",
    purpose="To show what a dataset of documents and live images looks like; too small for anything else.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What was made."""

    summary: RunSummary
    sheet: Path | None
    """None where the run was stopped before its end."""
    report: Path | None


def make_demo(
    folder: DatasetFolder,
    stop: StopSignal,
    *,
    documents: Path | None = None,
    recipe: Recipe | None = None,
    progress: Progress = silent,
) -> Demo:
    """Make the dataset; where it was begun before, go on.

    Args:
        documents: A folder of portraits to take instead of those that come along.
        recipe: Another one than the usual.
    """
    config = PlanConfig(live=live_config(sorted(PRESETS.glob("*.json"))))
    make_plan(DocumentSource(folder=documents or PORTRAITS), folder, config=config)
    recipe = recipe or Recipe(document_licence=LICENCE if documents is None else Recipe().document_licence)
    summary = run_dataset(folder, recipe, Execution(), InThisProcess(), stop, progress=progress)
    if not summary.is_complete:
        return Demo(summary=summary, sheet=None, report=None)
    sheet = folder.reports / "contact_sheet.png"
    folder.reports.mkdir(exist_ok=True)
    save_picture(people_sheet(folder), sheet)
    report = _report(folder, recipe)
    write_card(folder, CARD)
    return Demo(summary=summary, sheet=sheet, report=report)


def live_config(presets: Sequence[Path]) -> LiveConfig:
    """One live image of each kind, and one as FLUXSynID draws them."""
    return LiveConfig(num_animations=len(presets) + 1, presets=("fluxsynid",), preset_files=tuple(presets))


def _report(folder: DatasetFolder, recipe: Recipe) -> Path | None:
    recogniser = recipe.measuring.vectors_by
    if recogniser is None:
        return None
    evaluation = evaluate(list(read_people(folder)), load_embeddings(folder.root, recogniser.name))
    plots = write_plots(evaluation, folder.reports)
    return write_report(evaluation, folder.reports, plots=plots)
