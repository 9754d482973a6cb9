"""liveportrait dataset embed: what a recogniser sees in pictures, for calibration, galleries and datasets."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from liveportrait.cli import exit_codes
from liveportrait.cli.progress_bar import counting_bar
from liveportrait.cli.reporting import Reporter, ReportOptions
from liveportrait.cli.running import run_command
from liveportrait.dataset.embeddings import save_embeddings
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.measuring.embedding import (
    EmbeddingConfig,
    embed,
    pictures_of_dataset,
    pictures_of_people,
)

Unprefixed = tyro.conf.arg(name="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Embed:
    """Write the vectors of all pictures of a folder, for `filter calibrate` and `evaluate --gallery`.

    In a folder of known people each has a folder of his own, or one picture that lies there directly. Of a
    finished dataset the stored images are taken, so that it is filtered and measured by this recogniser too.
    """

    folder: tyro.conf.Positional[Path]
    """Of pictures of known people, or of a finished dataset."""
    output: Annotated[Path | None, tyro.conf.arg(aliases=["-o", "--out"], metavar="FOLDER")] = None
    """What gets the folder embeddings/; without, the folder of the pictures."""
    embedding: Annotated[EmbeddingConfig, Unprefixed] = field(default_factory=EmbeddingConfig)
    report: Annotated[ReportOptions, Unprefixed] = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        output, dataset = self.output or self.folder, DatasetFolder(self.folder)
        if dataset.images.exists():
            pictures, left_out = pictures_of_dataset(dataset), ()
        else:
            pictures, left_out = pictures_of_people(self.folder, leave_out=output)
        for failure in left_out:
            reporter.warn(failure.message)
        with counting_bar(reporter, "pictures") as progress:
            found = embed(pictures, self.embedding.open(), progress=progress)
        path = save_embeddings(found, output)
        num_people, num_lost = len(set(found.identity_ids)), int((~found.enrolled).sum())
        reporter.result(
            {
                "embeddings": str(path),
                "recogniser": found.recogniser.name,
                "num_images": len(found),
                "num_identities": num_people,
                "num_not_enrolled": num_lost,
                "num_left_out": len(left_out),
            },
            f"{path}: {len(found)} pictures of {num_people} people, no face on {num_lost}, "
            f"{len(left_out)} left out",
        )
        return exit_codes.SOME_FAILED if left_out else exit_codes.OK


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, call, report."""
    return run_command(Embed, arguments, prog="liveportrait dataset embed")
