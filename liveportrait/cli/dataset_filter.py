"""liveportrait dataset filter: name subsets without look-alikes; nothing is deleted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from liveportrait.cli import exit_codes
from liveportrait.cli.reporting import Reporter, ReportOptions
from liveportrait.cli.running import run_command
from liveportrait.dataset.biometrics.bootstrap import BootstrapSettings
from liveportrait.dataset.biometrics.calibration import calibrate
from liveportrait.dataset.biometrics.thresholds import (
    FILE_NAME,
    Calibration,
    add_calibrations,
    find_calibration,
    load_calibrations,
)
from liveportrait.dataset.embeddings import Embeddings, load_embeddings
from liveportrait.dataset.filtering.subset import FilterPolicy, Subset, subset_of, write_subset
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.people import good_image_ids

Unprefixed = tyro.conf.arg(name="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Apply:
    """List the identities that are left when look-alikes are not counted twice."""

    dataset: tyro.conf.Positional[Path]
    """The folder of a finished dataset."""
    recogniser: str = "sface"
    """Whose embeddings of the documents are compared."""
    fmr: tuple[float, ...] = (1e-3, 1e-4)
    """False match rates, a list for each."""
    policy: FilterPolicy = "fmr"
    """Until no more pairs match than the rate allows (fmr), until none does (onot), or none and who comes
    first stays (first-come)."""
    threshold: Annotated[float | None, tyro.conf.arg(metavar="FLOAT")] = None
    """The cosine at which two look alike; without, the calibrated one of each rate."""
    thresholds: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """Calibrated thresholds; without, those of the dataset's protocols folder."""
    report: Annotated[ReportOptions, Unprefixed] = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        folder = DatasetFolder(self.dataset)
        documents = load_embeddings(folder.root, self.recogniser).of_role("doc")
        documents = documents.of_images(good_image_ids(folder))
        subsets = [self._subset(documents, fmr, folder) for fmr in self.fmr]
        paths = [write_subset(subset, folder.subsets) for subset in subsets]
        for subset, path in zip(subsets, paths, strict=True):
            reporter.say(f"{path}: {_sentence(subset)}")
        reporter.facts(
            {
                "subsets": [
                    {"path": str(path), **_facts(subset)} for subset, path in zip(subsets, paths, strict=True)
                ]
            }
        )
        return exit_codes.OK

    def _subset(self, documents: Embeddings, fmr: float, folder: DatasetFolder) -> Subset:
        calibration = None if self.threshold is not None else self._calibration(documents, fmr, folder)
        threshold = self.threshold if calibration is None else calibration.threshold
        assert threshold is not None
        return subset_of(documents, threshold=threshold, fmr=fmr, policy=self.policy, calibration=calibration)

    def _calibration(self, documents: Embeddings, fmr: float, folder: DatasetFolder) -> Calibration:
        path = self.thresholds or folder.protocols / FILE_NAME
        known = load_calibrations(path) if self.thresholds is not None or path.exists() else []
        return find_calibration(known, recogniser=documents.recogniser, fmr=fmr, origin=str(path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrate:
    """Find the thresholds of a recogniser on a labelled set, with intervals, and write them down."""

    labelled: tyro.conf.Positional[Path]
    """A folder with embeddings of known people, as `dataset embed` writes them."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """The dataset whose protocols folder gets the thresholds, or the path of a .json file."""
    recogniser: str = "sface"
    fmr: tuple[float, ...] = (1e-3, 1e-4)
    """False match rates, a threshold for each."""
    name: Annotated[str | None, tyro.conf.arg(metavar="STR")] = None
    """What the labelled set is called; without, its folder's name."""
    bootstrap: Annotated[BootstrapSettings, Unprefixed] = field(default_factory=BootstrapSettings)
    report: Annotated[ReportOptions, Unprefixed] = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        labelled = load_embeddings(self.labelled, self.recogniser)
        name = self.name or self.labelled.resolve().name
        found = calibrate(labelled, set_name=name, fmrs=self.fmr, bootstrap=self.bootstrap)
        path = self.output
        if path.suffix != ".json":
            path = DatasetFolder(path).protocols / FILE_NAME
        add_calibrations(found, path)
        for each in found:
            reporter.say(
                f"{each.recogniser} at {each.fmr:g}: {each.threshold:.4f} "
                f"({each.threshold_low:.4f} to {each.threshold_high:.4f}), "
                f"{each.num_false_matches} of {each.num_comparisons} pairs of {name} match"
            )
        reporter.facts({"output": str(path), "thresholds": {f"{e.fmr:g}": e.threshold for e in found}})
        return exit_codes.OK


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, call, report."""
    kind = (
        Annotated[Apply, tyro.conf.subcommand("apply")]
        | Annotated[Calibrate, tyro.conf.subcommand("calibrate")]
    )
    return run_command(kind, arguments, prog="liveportrait dataset filter")


def _sentence(subset: Subset) -> str:
    num = len(subset.kept) + len(subset.alike) + len(subset.not_enrolled)
    lost = f", {len(subset.not_enrolled)} have no face" if subset.not_enrolled else ""
    return (
        f"{len(subset.kept)} of {num} identities; {subset.num_matches_before} pairs look alike before, "
        f"{subset.num_matches} after (rate {subset.match_rate:.2g}){lost}"
    )


def _facts(subset: Subset) -> dict[str, float | int | str]:
    return {
        "recogniser": subset.recogniser.name,
        "policy": subset.policy,
        "fmr": subset.fmr,
        "threshold": subset.threshold,
        "num_kept": len(subset.kept),
        "num_alike": len(subset.alike),
        "num_not_enrolled": len(subset.not_enrolled),
        "num_matches_before": subset.num_matches_before,
        "num_matches": subset.num_matches,
        "match_rate": subset.match_rate,
    }
