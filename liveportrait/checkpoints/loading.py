"""From a folder or a file to networks that are ready to run."""

from pathlib import Path

from liveportrait.checkpoints.manifest import KnownFile, Manifest, read_manifest
from liveportrait.checkpoints.networks_file import find_networks_file, load_networks
from liveportrait.checkpoints.reading import read_tensors
from liveportrait.checkpoints.released_layout import ReleasedModel, Species, find_released_model
from liveportrait.checkpoints.strict import empty_networks, fill
from liveportrait.checkpoints.verification import FileCheck, Verification, check_file, enforce
from liveportrait.networks.presets import ANIMAL, HUMAN, PortraitNetworks

PRESET_OF_SPECIES = {"human": HUMAN, "animal": ANIMAL}


def load_model(
    path: Path, *, species: Species | None = None, verification: Verification = "tell"
) -> PortraitNetworks:
    """The networks in fp32 on the CPU, from any form in which a model is kept.

    `path` is a file of our own format, a folder with one, or a folder of released
    checkpoints as downloaded, flat, or converted to safetensors. Where both released models
    may be found `species` chooses; without it a file of our own format goes first, then human.
    """
    own = find_networks_file(path, preset_name=species)
    if own is not None:
        return load_networks(own)
    return load_released_model(find_released_model(path, species=species), verification=verification)


def load_released_model(model: ReleasedModel, *, verification: Verification = "tell") -> PortraitNetworks:
    """The networks from released checkpoints."""
    if verification != "off":
        enforce(check_released_model(model, read_manifest()), verification=verification)
    networks = empty_networks(PRESET_OF_SPECIES[model.species])
    for file in model.files:
        tensors = file.adapter.adapt(read_tensors(file.path))
        fill(networks, tensors, parts=file.adapter.networks, path=file.path)
    return networks.eval().requires_grad_(requires_grad=False)


def check_released_model(model: ReleasedModel, manifest: Manifest) -> tuple[FileCheck, ...]:
    """Compare the files with the published ones; about half a second a gigabyte."""
    return tuple(
        check_file(file.path, manifest, expected=_published(file.path, model.species, manifest))
        for file in model.files
    )


def _published(path: Path, species: Species, manifest: Manifest) -> KnownFile | None:
    """The published file that `path` claims to be; a conversion claims none."""
    same_name = [known for known in manifest.released if known.name == path.name]
    folder = "liveportrait_animals/" if species == "animal" else "liveportrait/"
    # Both models take the human retargeting networks.
    return next((known for known in same_name if known.path.startswith(folder)), None) or next(
        iter(same_name), None
    )
