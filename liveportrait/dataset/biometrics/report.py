"""An evaluation to read (Markdown) and to compute with (JSON)."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from liveportrait.dataset.biometrics.bootstrap import Interval
from liveportrait.dataset.biometrics.evaluation import Evaluation
from liveportrait.dataset.biometrics.leakage import Leakage
from liveportrait.dataset.biometrics.scenario import DET_FMRS, Scenario
from liveportrait.media.pending_file import write_bytes

FORMAT = "liveportrait-dataset-evaluation/1"


def write_report(
    evaluation: Evaluation, folder: Path, *, plots: Sequence[Path], leakage: Leakage | None = None
) -> Path:
    """Write `evaluation_{recogniser}.md` and `.json`; returns the path of the Markdown."""
    path = folder / f"evaluation_{evaluation.recogniser.name}.md"
    facts = json.dumps(_plain(_facts(evaluation, leakage)), indent=1, allow_nan=False)
    write_bytes(path.with_suffix(".json"), facts.encode() + b"\n")
    write_bytes(path, markdown(evaluation, plots=plots, leakage=leakage).encode())
    return path


def markdown(evaluation: Evaluation, *, plots: Sequence[Path], leakage: Leakage | None = None) -> str:
    """The report as text; pictures are named as files beside it."""
    recogniser = evaluation.recogniser
    parts = [
        "# Evaluation",
        f"Recogniser: {recogniser.name}, weights sha256 `{recogniser.weights_sha256}`, {recogniser.licence}. "
        "Rates follow ISO/IEC 19795-1; brackets hold intervals from a bootstrap over identities, or where no "
        "error was seen in n comparisons the bound 3/n.",
        *(_scenario(each) for each in evaluation.scenarios),
        *_groups(evaluation),
        *_controls(evaluation),
        *_likeness(evaluation),
        *([] if leakage is None else [_leakage(leakage)]),
        *(f"![{path.stem}]({path.name})" for path in plots),
    ]
    return "\n\n".join(parts) + "\n"


def _scenario(scenario: Scenario) -> str:
    made = scenario.comparisons
    error, interval = scenario.equal_error, scenario.equal_error_interval
    lines = [
        f"## {scenario.name.capitalize()}",
        "",
        f"- {len(made.mated.scores)} mated and {made.non_mated.num} non-mated comparisons of "
        f"{len(made.identity_ids)} identities",
        f"- {made.num_failed} of {made.num_images} images gave no vector (failures to enrol, "
        f"{_percent(made.failure_rate)}), which made {made.num_mated_lost} mated comparisons impossible",
    ]
    if math.isfinite(error.fmr):
        lines.append(
            f"- equal error rate {_percent(error.fmr)} {_bounds(interval)} at {_number(error.threshold)}, "
            f"d' {_number(scenario.d_prime)}"
        )
    rows = [
        (
            rated.origin,
            _percent(rated.target_fmr),
            _number(rated.point.threshold),
            _rate(rated.point.fmr, rated.fmr, made.non_mated.num),
            _rate(rated.point.fnmr, rated.fnmr, len(made.mated.scores)),
            _percent(rated.false_reject_rate),
        )
        for rated in scenario.points
    ]
    head = ("threshold of", "for an FMR of", "threshold", "FMR", "FNMR", "with failures")
    return "\n".join([*lines, "", _table(head, rows)]) if rows else "\n".join(lines)


def _groups(evaluation: Evaluation) -> list[str]:
    points = evaluation.scenarios[0].points
    rows = [
        (
            group.attribute,
            group.value,
            str(group.num_identities),
            f"{rated.origin}, {_percent(rated.target_fmr)}",
            _rate(found.point.fmr, found.fmr, group.num_non_mated),
            _rate(found.point.fnmr, found.fnmr, group.num_mated),
        )
        for group in evaluation.groups
        for rated, found in zip(points, group.points, strict=True)
    ]
    if not rows:
        return []
    head = ("attribute", "as requested", "identities", "threshold", "FMR in the group", "FNMR")
    return ["## Groups", "Strangers are of the same group.", _table(head, rows)]


def _controls(evaluation: Evaluation) -> list[str]:
    rows = [
        (
            control.control,
            control.measured,
            str(control.num),
            _number(control.slope),
            _number(control.correlation),
            _number(control.mean_distance) if control.is_in_units_of_request else "-",
        )
        for control in evaluation.controls
        if control.num
    ]
    head = ("requested", "measured", "images", "slope", "correlation", "mean distance")
    return ["## Requested against measured", _table(head, rows)] if rows else []


def _likeness(evaluation: Evaluation) -> list[str]:
    cosines = evaluation.identity_cosines
    if not len(cosines):
        return []
    low, middle, high = np.quantile(cosines, [0.05, 0.5, 0.95])
    return [
        "## Likeness to the document",
        f"Cosine of {len(cosines)} live images to their documents: median {middle:.3f}, "
        f"90 % between {low:.3f} and {high:.3f}.",
    ]


def _leakage(found: Leakage) -> str:
    rows = [(each.image_id, each.gallery_image_id, _number(each.cosine)) for each in found.nearest[:10]]
    return "\n\n".join(
        [
            "## Real people",
            f"{found.num_matches} of {found.num_images} images ({_percent(found.match_rate)}) find somebody "
            f"among {found.num_gallery_images} images of {found.num_gallery_identities} people at "
            f"{_number(found.threshold)} (FMR {_percent(found.fmr)}); of strangers "
            f"{_percent(found.rate_by_chance)} would by chance.",
            _table(("image", "nearest in the gallery", "cosine"), rows),
        ]
    )


def _facts(evaluation: Evaluation, leakage: Leakage | None) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "recogniser": asdict(evaluation.recogniser),
        "scenarios": [_scenario_facts(each) for each in evaluation.scenarios],
        "groups": [asdict(group) for group in evaluation.groups],
        "controls": [
            {
                "control": each.control,
                "measured": each.measured,
                "num": each.num,
                "slope": each.slope,
                "correlation": each.correlation,
                "mean_distance": each.mean_distance,
            }
            for each in evaluation.controls
        ],
        "identity_cosines": evaluation.identity_cosines.tolist(),
        "leakage": None if leakage is None else asdict(leakage),
    }


def _scenario_facts(scenario: Scenario) -> dict[str, Any]:
    made = scenario.comparisons
    return {
        "name": scenario.name,
        "num_identities": len(made.identity_ids),
        "num_mated": len(made.mated.scores),
        "num_non_mated": made.non_mated.num,
        "num_images": made.num_images,
        "num_failed": made.num_failed,
        "num_mated_lost": made.num_mated_lost,
        "equal_error": asdict(scenario.equal_error),
        "equal_error_interval": asdict(scenario.equal_error_interval),
        "d_prime": scenario.d_prime,
        "points": [asdict(each) for each in scenario.points],
        "det": [
            {"fmr": fmr, "fnmr": row[0], "fnmr_low": row[1], "fnmr_high": row[2]}
            for fmr, row in zip(DET_FMRS.tolist(), scenario.det.tolist(), strict=True)
            if math.isfinite(row[0])
        ],
    }


def _plain(value: Any) -> Any:
    """JSON has no nan."""
    match value:
        case dict():
            return {name: _plain(part) for name, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
        case float():
            return value if math.isfinite(value) else None
        case _:
            return value


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _rate(rate: float, interval: Interval, num: int) -> str:
    """With its interval; where no error was seen no replicate has one, and the rule of three says more."""
    if rate == 0 and num:
        return f"0 % [at most {_percent(min(3 / num, 1.0))}]"
    return f"{_percent(rate)} {_bounds(interval)}".rstrip()


def _bounds(interval: Interval) -> str:
    return f"[{_percent(interval.low)}, {_percent(interval.high)}]" if math.isfinite(interval.low) else ""


def _percent(rate: float) -> str:
    return f"{100 * rate:.3g} %" if math.isfinite(rate) else "-"


def _number(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else "-"
