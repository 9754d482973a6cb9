"""liveportrait dataset export: the dataset in the layouts that other programs read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, TypeAlias

import tyro

from liveportrait.cli import exit_codes
from liveportrait.cli.reporting import Reporter, ReportOptions
from liveportrait.cli.running import run_command
from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.exporting.bob_csv import BobExport
from liveportrait.dataset.exporting.card import CardSettings
from liveportrait.dataset.exporting.content_credentials import Algorithm, SigningIdentity
from liveportrait.dataset.exporting.exporting import export_dataset
from liveportrait.dataset.exporting.fluxsynid import FluxSynIdExport
from liveportrait.dataset.exporting.image_folder import ImageFolderExport
from liveportrait.dataset.exporting.insightface import InsightFaceExport
from liveportrait.dataset.exporting.webdataset import WebDatasetExport
from liveportrait.dataset.folder import DatasetFolder

Unprefixed = tyro.conf.arg(name="")

Layout: TypeAlias = (
    Annotated[FluxSynIdExport, tyro.conf.subcommand("fluxsynid")]
    | Annotated[ImageFolderExport, tyro.conf.subcommand("imagefolder")]
    | Annotated[WebDatasetExport, tyro.conf.subcommand("webdataset")]
    | Annotated[InsightFaceExport, tyro.conf.subcommand("insightface")]
    | Annotated[BobExport, tyro.conf.subcommand("bob")]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningOptions:
    """Content credentials (C2PA): each generated image says, signed, how it came about."""

    certificates: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """PEM: the signer's certificate first, then those up to the root. Without, nothing is signed."""
    private_key: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """PEM, PKCS 8."""
    algorithm: Algorithm = "es256"
    time_stamp_authority: Annotated[str | None, tyro.conf.arg(metavar="URL")] = None
    """Address of an RFC 3161 server, which is asked for every image."""

    def identity(self) -> SigningIdentity | None:
        if self.certificates is None and self.private_key is None:
            return None
        if self.certificates is None or self.private_key is None:
            raise DatasetError("To sign it takes both --certificates and --private-key.")
        return SigningIdentity(
            certificates=self.certificates,
            private_key=self.private_key,
            algorithm=self.algorithm,
            time_stamp_authority=self.time_stamp_authority,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Write the good images of a finished dataset into a new folder, in one of five layouts."""

    layout: Annotated[Layout, Unprefixed]
    dataset: tyro.conf.Positional[Path]
    """The folder of a finished dataset."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """A new folder; what is there already is never overwritten."""
    subset: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """A list of identities, one a line, as `dataset filter` writes it; without, everybody."""
    signing: Annotated[SigningOptions, Unprefixed] = field(default_factory=SigningOptions)
    card: Annotated[CardSettings, Unprefixed] = field(default_factory=CardSettings)
    report: Annotated[ReportOptions, Unprefixed] = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        written = export_dataset(
            DatasetFolder(self.dataset),
            self.output,
            self.layout,
            subset=self.subset,
            signing=self.signing.identity(),
            card=self.card,
        )
        reporter.result(
            {
                "output": str(self.output),
                "num_identities": written.num_identities,
                "num_images": written.num_images,
            },
            f"{self.output}: {written.num_images} images of {written.num_identities} identities",
        )
        return exit_codes.OK


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, call, report."""
    return run_command(Command, arguments, prog="liveportrait dataset export")
