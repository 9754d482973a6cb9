"""The released checkpoints from the Hugging Face hub, at one revision, checked before they are used."""

import logging
import shutil
from pathlib import Path

from liveportrait.checkpoints.manifest import KnownFile, Manifest, read_manifest, sha256_of
from liveportrait.checkpoints.released_layout import Species
from liveportrait.errors import WeightsError

logger = logging.getLogger(__name__)

STAGING = ".incomplete"
"""Below the target folder, so that the last step is a rename on one disk; kept for a second try."""


def download_released_model(
    folder: Path,
    *,
    species: Species = "human",
    manifest: Manifest | None = None,
    endpoint: str | None = None,
) -> tuple[Path, ...]:
    """Fetch what is missing in `folder` of a released model; returns the paths of all its files.

    A file appears under its name only after its hash was found right. `endpoint` is the
    hub's address; the default is that of huggingface_hub (or of HF_ENDPOINT).
    """
    manifest = manifest or read_manifest()
    paths = []
    for known in files_of(species, manifest):
        path = folder / known.path
        if path.is_file() and sha256_of(path) == known.sha256:
            logger.info("%s is there already", path)
        else:
            _fetch(known, path, folder / STAGING, manifest, endpoint)
        paths.append(path)
    shutil.rmtree(folder / STAGING, ignore_errors=True)
    return tuple(paths)


def files_of(species: Species, manifest: Manifest) -> tuple[KnownFile, ...]:
    """What the networks of a released model need, and the human one's landmarks.

    The animals take the human retargeting networks.
    """
    retargeting = "liveportrait/retargeting_models/"
    if species == "human":
        wanted = ("liveportrait/base_models/", retargeting, "liveportrait/landmark.onnx")
    else:
        wanted = ("liveportrait_animals/base_models_v1.1/", retargeting)
    return tuple(known for known in manifest.released if known.path.startswith(wanted))


def _fetch(known: KnownFile, path: Path, staging: Path, manifest: Manifest, endpoint: str | None) -> None:
    staged = _download(known, staging, manifest, endpoint)
    sha256 = sha256_of(staged)
    if sha256 != known.sha256:
        staged.unlink()
        raise WeightsError(
            f"{known.path} as downloaded from {manifest.repository} has the sha256 {sha256}: expected "
            f"{known.sha256}. Nothing was installed; try again, or another network."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    staged.replace(path)
    logger.info("%s downloaded and checked", path)


def _download(known: KnownFile, staging: Path, manifest: Manifest, endpoint: str | None) -> Path:
    try:
        from huggingface_hub import hf_hub_download
    except ImportError as fault:
        raise WeightsError(
            "Downloading needs huggingface_hub: pip install 'liveportrait[hub]'. Or fetch "
            f"{_address(known, manifest)} by other means."
        ) from fault
    logger.info("fetching %s (licence %s)", known.path, known.licence.spdx)
    try:
        staged = hf_hub_download(
            manifest.repository,
            known.path,
            revision=manifest.revision,
            local_dir=staging,
            endpoint=endpoint,
        )
    except Exception as fault:  # the client raises its own errors, its HTTP library's and the system's
        raise WeightsError(
            f"{known.path} could not be downloaded from {manifest.repository}: {fault}. Check the network "
            f"(and HF_ENDPOINT), or fetch {_address(known, manifest)} by other means."
        ) from fault
    return Path(staged)


def _address(known: KnownFile, manifest: Manifest) -> str:
    return f"https://huggingface.co/{manifest.repository}/resolve/{manifest.revision}/{known.path}"
