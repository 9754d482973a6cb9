"""What the weights that a run begins with say of themselves: it holds of all that is learnt on them."""

from pathlib import Path

from liveportrait.checkpoints.loading import check_released_model
from liveportrait.checkpoints.manifest import read_manifest
from liveportrait.checkpoints.networks_file import FILE_NAME, FORMAT, read_provenance
from liveportrait.checkpoints.provenance import UNKNOWN_LICENCE, Provenance, provenance_of
from liveportrait.checkpoints.reading import read_metadata
from liveportrait.checkpoints.released_layout import find_released_model
from liveportrait.checkpoints.verification import check_file
from liveportrait.training.starting_weights import Start, landmark_trunk_file


def provenance_of_start(start: Start, weights: Path | None) -> Provenance | None:
    """Of what `start_networks` loads; None where nothing is loaded."""
    if weights is not None:
        return provenance_of_weights(weights)
    return provenance_of_weights(landmark_trunk_file()) if start == "face_landmarks" else None


def provenance_of_stage(folder: Path) -> Provenance:
    """Of a stage that goes on: the networks that it kept tell where it began, on whatever it learns now."""
    kept = folder / FILE_NAME
    if kept.is_file():
        return read_provenance(kept)
    return Provenance(licence=UNKNOWN_LICENCE, origin=f"a run whose {FILE_NAME} was missing when it went on")


def provenance_of_weights(path: Path) -> Provenance:
    """A file of ours carries it inside; others are looked for among the published ones by their hash."""
    file = path / FILE_NAME if path.is_dir() else path
    if path.is_dir() and not file.is_file():
        return provenance_of(check_released_model(find_released_model(path), read_manifest()))
    if read_metadata(file).get("format") == FORMAT:
        return read_provenance(file)
    return provenance_of((check_file(file, read_manifest()),))
