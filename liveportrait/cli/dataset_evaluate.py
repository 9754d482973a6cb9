"""liveportrait dataset evaluate: how well identities are kept and told apart, and lists of pairs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from liveportrait.cli import exit_codes
from liveportrait.cli.reporting import Reporter, ReportOptions
from liveportrait.cli.running import run_command
from liveportrait.dataset.biometrics.evaluation import Evaluation, EvaluationSettings, evaluate
from liveportrait.dataset.biometrics.leakage import Leakage, leakage
from liveportrait.dataset.biometrics.plots import write_plots
from liveportrait.dataset.biometrics.report import write_report
from liveportrait.dataset.biometrics.thresholds import FILE_NAME, Calibration, load_calibrations
from liveportrait.dataset.embeddings import Embeddings, load_embeddings
from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.people import good_image_ids, read_people
from liveportrait.dataset.protocols.writing import ProtocolSettings, write_protocols

Unprefixed = tyro.conf.arg(name="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Measure a finished dataset with one recogniser: report, plots, pair lists, splits."""

    dataset: tyro.conf.Positional[Path]
    """The folder of a finished dataset; it gets reports/ and protocols/."""
    recogniser: str = "sface"
    """Whose embeddings are compared."""
    gallery: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """A folder with embeddings of real people, as `dataset embed` writes them: does the dataset show them
    again?"""
    look_alike: Annotated[float | None, tyro.conf.arg(metavar="FLOAT")] = None
    """The cosine from which two look alike, for splits and gallery; without, the calibrated one of the first
    false match rate."""
    thresholds: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """Calibrated thresholds; without, those of the dataset's protocols folder."""
    settings: Annotated[EvaluationSettings, Unprefixed] = field(default_factory=EvaluationSettings)
    protocols: Annotated[ProtocolSettings, Unprefixed] = field(default_factory=ProtocolSettings)
    report: Annotated[ReportOptions, Unprefixed] = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        folder = DatasetFolder(self.dataset)
        embeddings = load_embeddings(folder.root, self.recogniser).of_images(good_image_ids(folder))
        calibrations = self._calibrations(folder)
        look_alike = self._look_alike(calibrations, embeddings)
        found = None if self.gallery is None else self._leakage(embeddings, look_alike)
        people = list(read_people(folder))
        evaluation = evaluate(people, embeddings, calibrations=calibrations, settings=self.settings)
        folder.reports.mkdir(parents=True, exist_ok=True)
        plots = write_plots(evaluation, folder.reports)
        path = write_report(evaluation, folder.reports, plots=plots, leakage=found)
        lists = write_protocols(people, embeddings, folder, look_alike=look_alike, settings=self.protocols)
        reporter.result(
            {"report": str(path), "lists": [str(each) for each in lists], **_facts(evaluation)},
            f"{path}: {_sentence(evaluation)}",
        )
        return exit_codes.OK

    def _calibrations(self, folder: DatasetFolder) -> list[Calibration]:
        path = self.thresholds or folder.protocols / FILE_NAME
        return load_calibrations(path) if self.thresholds is not None or path.exists() else []

    def _look_alike(self, calibrations: Sequence[Calibration], embeddings: Embeddings) -> float | None:
        if self.look_alike is not None:
            return self.look_alike
        first, recogniser = self.settings.fmrs[0], embeddings.recogniser
        fitting = [each for each in calibrations if each.is_of(recogniser) and each.fmr == first]
        return max(fitting, key=lambda each: each.num_comparisons).threshold if fitting else None

    def _leakage(self, embeddings: Embeddings, look_alike: float | None) -> Leakage:
        assert self.gallery is not None
        if look_alike is None:
            raise DatasetError(
                f"No calibrated threshold of {self.recogniser} says who of the gallery is found; "
                "run `liveportrait dataset filter calibrate`, or give --look-alike."
            )
        gallery = load_embeddings(self.gallery, self.recogniser)
        return leakage(embeddings, gallery, threshold=look_alike, fmr=self.settings.fmrs[0])


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, call, report."""
    return run_command(Command, arguments, prog="liveportrait dataset evaluate")


def _sentence(evaluation: Evaluation) -> str:
    first = evaluation.scenarios[0]
    made = first.comparisons
    return (
        f"{len(made.mated.scores)} mated and {made.non_mated.num} non-mated comparisons, "
        f"equal error rate {100 * first.equal_error.fmr:.3g} %, d' {first.d_prime:.3g}"
    )


def _facts(evaluation: Evaluation) -> dict[str, float | int]:
    first = evaluation.scenarios[0]
    return {
        "num_mated": len(first.comparisons.mated.scores),
        "num_non_mated": first.comparisons.non_mated.num,
        "equal_error_rate": first.equal_error.fmr,
        "d_prime": first.d_prime,
    }
