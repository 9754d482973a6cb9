"""What the library knows of every weights file: size, hash, licence, origin."""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from liveportrait.checkpoints.bundled import bundled_weights_dir
from liveportrait.errors import WeightsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """Who may use a file."""

    spdx: str
    """An SPDX identifier; `LicenseRef-...` where SPDX has none."""
    commercial_use: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFile:
    """One weights file as its publisher made it."""

    path: str
    """Relative to `weights/` for bundled files, to the repository for released ones; with slashes."""
    sha256: str
    licence: Licence
    origin: str
    num_bytes: int | None = None
    """None where nobody published it."""

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """All known files, and where the released ones are published."""

    bundled: tuple[KnownFile, ...]
    released: tuple[KnownFile, ...]
    repository: str
    """On the Hugging Face hub."""
    revision: str
    """The commit of the repository that the hashes belong to."""


def read_manifest(path: Path | None = None) -> Manifest:
    """The manifest that comes with the library, or another one of its form."""
    file = path or bundled_weights_dir() / "manifest.toml"
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        licences = {
            spdx: Licence(spdx=spdx, commercial_use=entry["commercial_use"])
            for spdx, entry in table["licences"].items()
        }
        return Manifest(
            bundled=tuple(_known_file(entry, licences) for entry in table["bundled"]),
            released=tuple(_known_file(entry, licences) for entry in table["released"]["files"]),
            repository=table["released"]["repository"],
            revision=table["released"]["revision"],
        )
    except (OSError, ValueError, KeyError) as fault:
        raise WeightsError(
            f"{file} is no manifest of weights ({fault}). Install the package again."
        ) from fault


def sha256_of(path: Path) -> str:
    """The file's hash in hexadecimal; about half a second a gigabyte."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _known_file(entry: dict[str, str | int], licences: dict[str, Licence]) -> KnownFile:
    num_bytes = entry.get("bytes")
    return KnownFile(
        path=str(entry["path"]),
        sha256=str(entry["sha256"]),
        licence=licences[str(entry["licence"])],
        origin=str(entry["origin"]),
        num_bytes=None if num_bytes is None else int(num_bytes),
    )
