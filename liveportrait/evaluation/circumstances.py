"""Where and with what a report was made, so that its numbers can be had again."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

import torch

import liveportrait
from liveportrait.checkpoints.catalogue import summarise_model
from liveportrait.engines.config import EngineConfig
from liveportrait.evaluation.clips import digest_of
from liveportrait.motion.settings import TransferSettings
from liveportrait.portrait_model import EXPRESSION_SPACE_FILE


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The computer."""

    system: str
    processor: str
    num_cores: int
    python: str
    torch: str


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
    commit: str
    """Of the checkout that ran; "unknown" for an installed package."""
    machine: Machine
    model: ModelRecord
    engine: EngineConfig
    """As it was asked for."""
    transfer: TransferSettings
    """How portraits follow other people; clips that follow themselves are never stitched."""


def circumstances_of(model: str, *, engine: EngineConfig, transfer: TransferSettings) -> Circumstances:
    """Look around; hashes the model's files."""
    return Circumstances(
        version=liveportrait.__version__,
        commit=checked_out_commit(Path(liveportrait.__file__).parents[1]),
        machine=Machine(
            system=platform.platform(),
            processor=_processor(),
            num_cores=os.cpu_count() or 0,
            python=platform.python_version(),
            torch=torch.__version__,
        ),
        model=_record_of(model),
        engine=engine,
        transfer=transfer,
    )


def checked_out_commit(folder: Path) -> str:
    """The commit that a checkout stands at, read from its files; "unknown" where there is none."""
    git = folder / ".git"
    try:
        head = (git / "HEAD").read_text(encoding="ascii").strip()
        if not head.startswith("ref: "):
            return head
        branch = head.removeprefix("ref: ")
        loose = git / branch
        if loose.is_file():
            return loose.read_text(encoding="ascii").strip()
        packed = (git / "packed-refs").read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return "unknown"
    return next((line.split()[0] for line in packed if line.endswith(f" {branch}")), "unknown")


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


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"
