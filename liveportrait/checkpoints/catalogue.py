"""Models by name: `mini` comes with the library, `human` and `animal` are fetched, a path is the user's."""

import os
from dataclasses import dataclass
from pathlib import Path

from liveportrait.checkpoints.bundled import bundled_weights_dir
from liveportrait.checkpoints.loading import check_released_model, load_model
from liveportrait.checkpoints.manifest import KnownFile, Manifest, read_manifest
from liveportrait.checkpoints.networks_file import FILE_NAME, find_networks_file, read_preset, read_provenance
from liveportrait.checkpoints.provenance import Provenance, provenance_of
from liveportrait.checkpoints.released_layout import Species, find_released_model
from liveportrait.checkpoints.verification import FileCheck, Verification, check_file
from liveportrait.errors import WeightsError
from liveportrait.networks.presets import PortraitNetworks

NAMED_MODELS = ("mini", "human", "animal")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPlace:
    """Where a model is looked for."""

    path: Path
    species: Species | None = None
    """Chooses where a folder holds both released models."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSummary:
    """What can be said of a model without loading it."""

    preset: str
    path: Path
    provenance: Provenance


def load_named_model(name: str, *, verification: Verification = "tell") -> PortraitNetworks:
    """The networks of `mini`, `human`, `animal`, or those in a file or folder of the user's."""
    place = place_of(name)
    return load_model(place.path, species=place.species, verification=verification)


def summarise_model(name: str) -> ModelSummary:
    """Preset, place, licence and origin; hashes released files, about half a second a gigabyte."""
    place = place_of(name)
    file = find_networks_file(place.path, preset_name=place.species)
    if file is not None:
        return ModelSummary(preset=read_preset(file).name, path=file, provenance=read_provenance(file))
    model = find_released_model(place.path, species=place.species)
    checks = check_released_model(model, read_manifest())
    return ModelSummary(preset=model.species, path=place.path, provenance=provenance_of(checks))


def verify_model(name: str) -> tuple[FileCheck, ...]:
    """Compare the files of a model with what is known of them."""
    place, manifest = place_of(name), read_manifest()
    file = find_networks_file(place.path, preset_name=place.species)
    if file is not None:
        return (check_file(file, manifest, expected=_bundled_as(file, manifest)),)
    return check_released_model(find_released_model(place.path, species=place.species), manifest)


def verify_bundled() -> tuple[FileCheck, ...]:
    """Compare every file that comes with the library with its entry in the manifest."""
    manifest, folder = read_manifest(), bundled_weights_dir()
    return tuple(check_file(folder / known.path, manifest, expected=known) for known in manifest.bundled)


def place_of(name: str) -> ModelPlace:
    """Where a model of this name, or at this path, is looked for."""
    match name:
        case "mini":
            return ModelPlace(path=bundled_weights_dir() / "mini")
        case "human" | "animal":
            return ModelPlace(path=released_weights_dir(), species=name)
    path = Path(name)
    if not path.exists():
        raise WeightsError(
            f"There is no model {name!r}: expected one of {', '.join(NAMED_MODELS)}, or the path of a folder "
            f"with checkpoints or of a {FILE_NAME}."
        )
    return ModelPlace(path=path)


def released_weights_dir() -> Path:
    """Where downloads go and are looked for: the folder LIVEPORTRAIT_WEIGHTS, or one in the user's cache."""
    chosen = os.environ.get("LIVEPORTRAIT_WEIGHTS")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(chosen) if chosen else cache / "liveportrait"


def _bundled_as(file: Path, manifest: Manifest) -> KnownFile | None:
    """What a file in the library's own folder must be; None elsewhere."""
    folder = bundled_weights_dir()
    return next((known for known in manifest.bundled if folder / known.path == file), None)
