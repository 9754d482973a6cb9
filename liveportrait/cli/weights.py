"""liveportrait weights: which models are here, whose they are, and how to get others."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import torch
import tyro

from liveportrait.checkpoints.catalogue import (
    NAMED_MODELS,
    released_weights_dir,
    summarise_model,
    verify_bundled,
    verify_model,
)
from liveportrait.checkpoints.conversion import convert_released_model
from liveportrait.checkpoints.downloading import download_released_model
from liveportrait.checkpoints.networks_file import FILE_NAME
from liveportrait.checkpoints.released_layout import Species
from liveportrait.checkpoints.verification import FileCheck, Verification
from liveportrait.cli import exit_codes
from liveportrait.cli.file_options import Existing, may_write
from liveportrait.cli.reporting import Reporter, ReportOptions
from liveportrait.cli.running import run_command
from liveportrait.errors import WeightsError

_DTYPES = {"fp32": torch.float32, "fp16": torch.float16}


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """Show every model that can be named, where it is, and under which licence."""

    report: ReportOptions = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        rows = model_rows()
        reporter.table(["model", "licence", "commercial use", "where, or why not"], rows)
        keys = ("model", "licence", "commercial_use", "place")
        reporter.facts({"models": [dict(zip(keys, row, strict=True)) for row in rows]})
        return exit_codes.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """Compare files with what their publishers published, by sha256."""

    models: tyro.conf.Positional[tuple[str, ...]] = ()
    """mini, human, animal or paths; without, every file that comes with the library."""
    report: ReportOptions = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        checks = [check for name in self.models for check in verify_model(name)] or verify_bundled()
        for check in checks:
            reporter.say(str(check))
        reporter.facts({"files": [_check_facts(check) for check in checks]})
        damaged = [check for check in checks if check.status in ("differs", "missing")]
        if damaged:
            raise WeightsError(f"{len(damaged)} of {len(checks)} files are not as published.")
        return exit_codes.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class Convert:
    """Turn released checkpoints into one safetensors file."""

    source: tyro.conf.Positional[Path]
    """The folder of the released checkpoints."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """The folder for the new file."""
    species: Species | None = None
    """Which model, where the folder holds both."""
    precision: Literal["fp32", "fp16"] = "fp32"
    """Of the stored matrices; fp16 halves the file."""
    verification: Verification = "tell"
    """Whether the checkpoints are compared with the published ones."""
    existing: Existing = "refuse"
    """What happens where the file exists."""
    report: ReportOptions = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        if not may_write(self.output / FILE_NAME, existing=self.existing):
            reporter.skipped(self.output / FILE_NAME)
            return exit_codes.OK
        path = convert_released_model(
            self.source,
            self.output,
            species=self.species,
            dtype=_DTYPES[self.precision],
            verification=self.verification,
        )
        facts = {"state": "done", "output": str(path)}
        reporter.result(facts, f"{path}: written; use it with --model {self.output}")
        return exit_codes.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """Fetch a released model from the Hugging Face hub, at one revision, and check it."""

    model: tyro.conf.Positional[Species] = "human"
    """human or animal."""
    output: Annotated[Path | None, tyro.conf.arg(aliases=["-o"], metavar="FOLDER")] = None
    """Where it goes; the default is where --model human looks."""
    report: ReportOptions = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        folder = self.output or released_weights_dir()
        paths = download_released_model(folder, species=self.model)
        name = self.model if self.output is None else str(folder)
        reporter.result(
            {"files": [str(path) for path in paths]},
            f"{len(paths)} files are in {folder}; use them with --model {name}",
        )
        return exit_codes.OK


Command = (
    Annotated[List, tyro.conf.subcommand("list")]
    | Annotated[Verify, tyro.conf.subcommand("verify")]
    | Annotated[Convert, tyro.conf.subcommand("convert")]
    | Annotated[Download, tyro.conf.subcommand("download")]
)


def main(arguments: Sequence[str]) -> int:
    """Parse, call, report."""
    return run_command(Command, arguments, prog="liveportrait weights")


def model_rows() -> list[tuple[str, str, str, str]]:
    """Name, licence, commercial use and place of every model that can be named, or why it is not here."""
    return [_row(name) for name in NAMED_MODELS]


def _row(name: str) -> tuple[str, str, str, str]:
    try:
        summary = summarise_model(name)
    except WeightsError as error:
        return name, "", "", str(error)
    licence = summary.provenance.licence
    return name, licence.spdx, "yes" if licence.commercial_use else "no", str(summary.path)


def _check_facts(check: FileCheck) -> dict[str, str | bool | None]:
    return {
        "path": str(check.path),
        "status": check.status,
        "sha256": check.sha256,
        "licence": None if check.known is None else check.known.licence.spdx,
    }
