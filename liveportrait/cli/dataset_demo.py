"""liveportrait dataset demo: a small finished dataset to look at."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from liveportrait.cli.dataset_run import exit_code_of, summary_facts, summary_sentence
from liveportrait.cli.model_terms import tell_terms
from liveportrait.cli.progress_bar import counting_bar
from liveportrait.cli.reporting import Reporter, ReportOptions
from liveportrait.cli.running import run_command
from liveportrait.dataset.demonstration.demo import make_demo
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.generators.animation import AnimationConfig
from liveportrait.stopping import StopRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """Plan, make, measure and describe a small dataset of portraits that come along; offline."""

    output: Annotated[Path, tyro.conf.arg(aliases=["-o", "--out"])] = Path("out/dataset")
    """The folder of the dataset; where it was begun before, it goes on."""
    documents: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """Other portraits, one picture a person."""
    report: ReportOptions = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        folder = DatasetFolder(self.output)
        tell_terms(AnimationConfig().model)
        with StopRequest() as stop, counting_bar(reporter, "images") as progress:
            demo = make_demo(folder, stop, documents=self.documents, progress=progress)
        shown = [str(path) for path in (folder.card, demo.report, demo.sheet) if path is not None]
        reporter.result(
            {**summary_facts(demo.summary), "look_at": shown},
            f"{summary_sentence(demo.summary, folder)}\nLook at {', '.join(shown)}",
        )
        return exit_code_of(demo.summary)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, call, report."""
    return run_command(Demo, arguments, prog="liveportrait dataset demo")
