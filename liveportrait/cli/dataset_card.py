"""liveportrait dataset card: what goes with a dataset that is given to others."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from liveportrait.cli import exit_codes
from liveportrait.cli.reporting import Reporter, ReportOptions
from liveportrait.cli.running import run_command
from liveportrait.dataset.exporting.card import CardSettings
from liveportrait.dataset.exporting.publishing import write_card
from liveportrait.dataset.folder import DatasetFolder

Unprefixed = tyro.conf.arg(name="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Write README.md, croissant.json, CITATION.cff, LICENSES/ and SHA256SUMS into the dataset."""

    dataset: tyro.conf.Positional[Path]
    """The folder of a finished dataset."""
    card: Annotated[CardSettings, Unprefixed] = field(default_factory=CardSettings)
    report: Annotated[ReportOptions, Unprefixed] = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        folder = DatasetFolder(self.dataset)
        inventory = write_card(folder, self.card)
        restrictions = sorted({model.restrictions for model in inventory.by_model if model.restrictions})
        for each in restrictions:
            reporter.warn(f"a model restricts the use: {each}")
        reporter.result(
            {
                "card": str(folder.card),
                "num_identities": inventory.num_identities,
                "num_images": inventory.num_images,
                "licence": inventory.licence,
                "restrictions": restrictions,
            },
            f"{folder.card}: {inventory.num_images} images of {inventory.num_identities} identities, "
            f"{inventory.licence}",
        )
        return exit_codes.OK


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, call, report."""
    return run_command(Command, arguments, prog="liveportrait dataset card")
