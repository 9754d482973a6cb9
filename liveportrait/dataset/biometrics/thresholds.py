"""Thresholds that say where they are from: recogniser, weights, labelled set, rate and interval.

A threshold without these cannot be traced or trusted: the cosines of two recognisers, or of one
recogniser on two kinds of pictures, are on different scales.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from liveportrait.dataset.embeddings import Recogniser
from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.schema.rows import from_record
from liveportrait.media.pending_file import write_bytes

FILE_NAME = "thresholds.json"
FORMAT = "liveportrait-thresholds/1"
MAX_BYTES = 2**22


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """At which cosine so many strangers match, as found on one labelled set."""

    recogniser: str
    weights_sha256: str
    set_name: str
    set_sha256: str
    """Of whose vector is which in the set; see `calibration.digest_of`."""
    num_identities: int
    num_comparisons: int
    """Of different people."""
    num_false_matches: int
    """Of these, at the threshold; with fewer than 30 the threshold is a rough one."""
    fmr: float
    threshold: float
    confidence: float
    threshold_low: float
    threshold_high: float
    """Where the threshold may lie for other people of the same kind."""
    fmr_low: float
    fmr_high: float
    """What the false match rate at the threshold may be for them."""

    def is_of(self, recogniser: Recogniser) -> bool:
        """Whether it was found with these very weights."""
        return (self.recogniser, self.weights_sha256) == (recogniser.name, recogniser.weights_sha256)


def save_calibrations(calibrations: Sequence[Calibration], path: Path) -> None:
    """Write them, whole or not at all, in an order that does not depend on when they were made."""
    ordered = sorted(calibrations, key=_key)
    text = json.dumps({"format": FORMAT, "thresholds": list(map(asdict, ordered))}, indent=1, allow_nan=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, text.encode() + b"\n")


def load_calibrations(path: Path) -> list[Calibration]:
    """All that stand in the file."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DatasetError(
                f"{path}: the file has more than {MAX_BYTES >> 20} MiB; those are no thresholds."
            )
        content = json.loads(path.read_bytes())
        if content["format"] != FORMAT:
            raise DatasetError(f"the format is {content['format']!r} and not {FORMAT}")
        return [from_record(Calibration, entry) for entry in content["thresholds"]]
    except (DatasetError, OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise DatasetError(f"{path}: expected thresholds as `dataset filter` writes them: {error}") from error


def add_calibrations(calibrations: Sequence[Calibration], path: Path) -> None:
    """Put them into the file; those of the same recogniser, set and rate are replaced."""
    kept = load_calibrations(path) if path.exists() else []
    merged = {_key(each): each for each in [*kept, *calibrations]}
    save_calibrations(list(merged.values()), path)


def find_calibration(
    calibrations: Sequence[Calibration], *, recogniser: Recogniser, fmr: float, origin: str
) -> Calibration:
    """The one for these weights and that rate; of several sets the one with most comparisons."""
    fitting = [each for each in calibrations if each.is_of(recogniser) and each.fmr == fmr]
    if not fitting:
        there = ", ".join(f"{each.recogniser} at {each.fmr:g}" for each in calibrations) or "none"
        raise DatasetError(
            f"{origin}: no threshold for {recogniser.name} (weights {recogniser.weights_sha256[:12]}) at a "
            f"false match rate of {fmr:g}; there are: {there}. Calibrate it on a labelled set, or give one."
        )
    return max(fitting, key=lambda each: (each.num_comparisons, each.set_name))


def _key(calibration: Calibration) -> tuple[str, str, str, str, float]:
    each = calibration
    return each.recogniser, each.weights_sha256, each.set_name, each.set_sha256, each.fmr
