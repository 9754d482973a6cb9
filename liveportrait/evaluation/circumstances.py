"""Where and with what a report was made, so that its numbers can be had again."""

from dataclasses import dataclass
from pathlib import Path

import liveportrait
from liveportrait.checkpoints.catalogue import summarise_model
from liveportrait.engines.config import EngineConfig
from liveportrait.evaluation.clips import digest_of
from liveportrait.machine import Machine, this_machine
from liveportrait.motion.settings import TransferSettings
from liveportrait.portrait_model import EXPRESSION_SPACE_FILE


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """The model that was evaluated."""

    name: str
    preset: str
    sha256: str
    """Over the names and contents of its files, see `clips.digest_of`."""
    licence: str
    commercial_use: bool
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """All that is not a measurement."""

    version: str
    machine: Machine
    """With the commit that ran."""
    model: ModelRecord
    engine: EngineConfig
    """As it was asked for."""
    transfer: TransferSettings
    """How portraits follow other people; clips that follow themselves are never stitched."""


def circumstances_of(model: str, *, engine: EngineConfig, transfer: TransferSettings) -> Circumstances:
    """Look around; hashes the model's files."""
    return Circumstances(
        version=liveportrait.__version__,
        machine=this_machine(),
        model=_record_of(model),
        engine=engine,
        transfer=transfer,
    )


def _record_of(model: str) -> ModelRecord:
    summary = summarise_model(model)
    return ModelRecord(
        name=Path(model).name,
        preset=summary.preset,
        sha256=digest_of(_files_of(summary.path)),
        licence=summary.provenance.licence.spdx,
        commercial_use=summary.provenance.licence.commercial_use,
        origin=summary.provenance.origin,
    )


def _files_of(place: Path) -> list[Path]:
    """A file of networks with the expression space beside it, or all checkpoints of a folder."""
    if place.is_file():
        space = place.parent / EXPRESSION_SPACE_FILE
        return [place, space] if space.is_file() else [place]
    return [path for path in place.rglob("*") if path.suffix in (".pth", ".safetensors")]
