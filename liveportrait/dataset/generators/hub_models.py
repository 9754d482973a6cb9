"""Models of the Hugging Face hub: what they are called, who may use them, where their files are."""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import liveportrait
from liveportrait.checkpoints.manifest import sha256_of
from liveportrait.dataset.generators.model_refs import joint_sha256
from liveportrait.dataset.generators.packages import import_huggingface_hub
from liveportrait.dataset.schema.images import ModelRef
from liveportrait.errors import SettingError, WeightsError

logger = logging.getLogger(__name__)

WEIGHTS_SUFFIXES = (".safetensors", ".bin", ".onnx", ".pt")


@dataclass(frozen=True, slots=True, kw_only=True)
class HubModel:
    """One published model at one revision."""

    id: str
    """Of its repository on the hub."""
    revision: str | None
    """The commit that the loading was written for; None where none is known, and nothing is fetched."""
    licence: str
    """An SPDX identifier; `LicenseRef-...` where SPDX has none."""
    restrictions: str = ""
    """What the licence forbids, in our words; a model that has any must be accepted by name."""
    terms: str = ""
    """Where to read the licence."""
    files: tuple[str, ...] = ("model_index.json", "*/*")
    """Patterns of what is fetched: not the copies in other layouts that lie beside."""


def check_accepted(models: Iterable[HubModel], accepted: Collection[str]) -> None:
    """Raise for the first model with restrictions whose licence the user did not accept by its name."""
    for model in models:
        if model.restrictions and model.licence not in accepted:
            raise SettingError(
                f"{model.id} comes under {model.licence}: {model.restrictions} This is a summary and no "
                f"legal advice; read {model.terms}. If you may and want to use it, say so in "
                f"accept_licences (--accept-licences {model.licence})."
            )


def find_files(model: HubModel, folder: Path | None) -> Path:
    """The folder with the model's files: the user's own copy, or the hub's cache, which is filled."""
    if folder is not None:
        if not folder.is_dir():
            raise WeightsError(f"{folder} is no folder: expected a copy of {model.id} there.")
        return folder
    if model.revision is None:
        raise SettingError(
            f"{model.id} is not fetched, since no revision of it was checked: download it from "
            f"https://huggingface.co/{model.id} and give the folder."
        )
    return _fetch(model)


def reference(model: HubModel, files: Path) -> ModelRef:
    """What a record says of the model whose files were used; reads them all, half a second a gigabyte.

    `files` is one file, or a folder whose weights are meant. The hub's cache names folders by commits; a
    copy elsewhere may be of any, and its hash alone tells what it is.
    """
    paths = [files] if files.is_file() else _weights_of(model, files)
    if not paths:
        raise WeightsError(f"{files} holds no weights of {model.id}: expected {_listed(WEIGHTS_SUFFIXES)}.")
    return ModelRef(
        id=model.id,
        revision=model.revision if model.revision in files.parts else None,
        sha256=joint_sha256([sha256_of(path) for path in paths]),
        licence=model.licence,
        restrictions=model.restrictions or None,
    )


def experimental_method(name: str) -> ModelRef:
    """Stands in every record of a method that nobody has run on the real weights yet."""
    return ModelRef(
        id=f"liveportrait/{name}-experimental",
        revision=liveportrait.__version__,
        licence="MIT",
        restrictions="experimental: never compared with its publisher's pictures.",
    )


def require_files(folder: Path, names: Iterable[str], *, model: HubModel) -> None:
    """Raise for what is missing in a model's folder, by name."""
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise WeightsError(
            f"{folder} lacks {', '.join(missing)} of {model.id}. Expected the layout of "
            f"https://huggingface.co/{model.id}; fetch what is missing."
        )


def _fetch(model: HubModel) -> Path:
    hub = import_huggingface_hub()
    logger.info("looking for %s at %s (licence %s)", model.id, model.revision, model.licence)
    try:
        return Path(
            hub.snapshot_download(model.id, revision=model.revision, allow_patterns=list(model.files))
        )
    except Exception as fault:  # the client raises its own errors, its HTTP library's and the system's
        raise WeightsError(
            f"{model.id} at {model.revision} is not in the cache of the Hugging Face hub and could not be "
            f"fetched: {_first_line(fault)}. Check the network; where its page asks for it, accept the terms "
            f"at https://huggingface.co/{model.id} and log in (hf auth login). Or give the folder of a copy."
        ) from fault


def _weights_of(model: HubModel, folder: Path) -> list[Path]:
    found = {path for pattern in model.files for path in folder.glob(pattern)}
    return sorted(path for path in found if path.suffix in WEIGHTS_SUFFIXES)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _first_line(fault: Exception) -> str:
    lines = str(fault).strip().splitlines()
    return (lines[0] if lines else type(fault).__name__)[:300]
