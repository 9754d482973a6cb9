"""Makes a finished dataset ready to be given to others: card, metadata, citation, licences, checksums."""

from pathlib import Path

from liveportrait.dataset.exporting.card import CardSettings, dataset_card
from liveportrait.dataset.exporting.checksums import write_checksums
from liveportrait.dataset.exporting.citation import citation
from liveportrait.dataset.exporting.croissant import croissant
from liveportrait.dataset.exporting.inventory import Inventory, take_inventory
from liveportrait.dataset.exporting.licences import write_licences
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.media.pending_file import write_bytes

CITATION = "CITATION.cff"


def write_card(folder: DatasetFolder, settings: CardSettings) -> Inventory:
    """Write all of it into the dataset's own folder, in place of earlier ones; checksums last."""
    inventory = take_inventory(folder)
    _write_words(folder.root, inventory, settings, reports=_reports(folder))
    write_bytes(folder.croissant, croissant(folder, inventory, settings).encode())
    write_checksums(folder.root, known=inventory.sha256_by_path)
    return inventory


def write_card_of_export(out: Path, inventory: Inventory, settings: CardSettings) -> None:
    """The same for an export, of what is in it; its layout says by itself what is where."""
    _write_words(out, inventory, settings, reports=[])
    write_checksums(out)


def _write_words(root: Path, inventory: Inventory, settings: CardSettings, *, reports: list[str]) -> None:
    write_licences(inventory, root)
    write_bytes(root / CITATION, citation(inventory, settings).encode())
    write_bytes(root / "README.md", dataset_card(inventory, settings, reports=reports).encode())


def _reports(folder: DatasetFolder) -> list[str]:
    return [folder.relative(path) for path in sorted(folder.reports.glob("*.md"))]
