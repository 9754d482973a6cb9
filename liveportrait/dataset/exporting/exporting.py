"""Writes a dataset in another layout: all of it, or nothing that could be taken for all of it."""

import csv
import logging
from collections.abc import Iterator
from pathlib import Path

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.exporting.card import CardSettings
from liveportrait.dataset.exporting.content_credentials import ContentSigner, SigningIdentity
from liveportrait.dataset.exporting.inventory import Inventory, empty_inventory
from liveportrait.dataset.exporting.pictures import PersonPictures, pictures_of
from liveportrait.dataset.exporting.protocol import ExportContext, Exporter
from liveportrait.dataset.exporting.publishing import write_card_of_export
from liveportrait.dataset.filtering.subset import read_subset
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.people import read_people
from liveportrait.media.pending_file import pending_folder, write_error

logger = logging.getLogger(__name__)

SPLITS = "splits.csv"


def export_dataset(
    folder: DatasetFolder,
    out: Path,
    exporter: Exporter,
    *,
    subset: Path | None = None,
    signing: SigningIdentity | None = None,
    card: CardSettings | None = None,
) -> Inventory:
    """Export the people of the dataset, or of a list, into the new folder `out`.

    It is filled under another name and takes its own when complete; an export that was killed
    leaves `.liveportrait-*.part` beside it, which can be removed, and is begun anew. Returns what
    is in it.
    """
    signer = None if signing is None else ContentSigner(signing)
    chosen = None if subset is None else read_subset(subset)
    context = ExportContext(folder=folder, split_of=_splits(folder))
    people = read_people(folder, chosen=chosen)
    pictures = pictures_of(people, folder, formats=exporter.formats, signer=signer)
    inventory = empty_inventory(folder)
    pending = pending_folder(out)
    try:
        exporter.write(_counted(pictures, inventory), pending.path, context)
        if not inventory.num_images:
            raise DatasetError(f"{folder.root}: there are no images to export{_of(subset)}.")
        if chosen is not None and (missing := len(chosen) - inventory.num_identities):
            logger.warning("%d of the %d identities of %s have no images here", missing, len(chosen), subset)
        write_card_of_export(pending.path, inventory, card or CardSettings())
        pending.commit()
    except OSError as error:
        raise write_error(out, error) from error
    finally:
        pending.discard()
    return inventory


def _of(subset: Path | None) -> str:
    return "" if subset is None else f" of the identities in {subset}"


def _splits(folder: DatasetFolder) -> dict[str, str]:
    path = folder.protocols / SPLITS
    if not path.exists():
        return {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {row["identity_id"]: _split(row["split"]) for row in csv.DictReader(file)}
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise DatasetError(f"{path}: expected the columns identity_id and split: {error}") from error


def _split(name: str) -> str:
    """Splits become names of folders and files."""
    if name not in ("train", "validation", "test"):
        raise ValueError(f"{name!r} is no split; there are train, validation and test")
    return name


def _counted(people: Iterator[PersonPictures], inventory: Inventory) -> Iterator[PersonPictures]:
    """The same people, counted as they pass."""
    for pictures in people:
        for picture in pictures.all:
            inventory.add(picture.record)
        yield pictures
