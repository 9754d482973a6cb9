"""`LICENSES/`: a file for each licence that images or models are under, and what is under it.

It names the licence and where its text stands; the text itself is for who publishes to add.
"""

from collections import defaultdict
from pathlib import Path

from liveportrait.dataset.exporting.inventory import Inventory

FOLDER = "LICENSES"


def write_licences(inventory: Inventory, root: Path) -> list[Path]:
    """Write them; returns their paths."""
    under: dict[str, list[str]] = defaultdict(list)
    for licence, num in sorted(inventory.by_licence.items()):
        under[licence].append(f"{num} images of this dataset")
    for model in sorted(inventory.by_model, key=lambda each: (each.id, each.revision or "")):
        restrictions = f"; {model.restrictions}" if model.restrictions else ""
        under[model.licence].append(f"model {model.id} {model.revision or ''}".rstrip() + restrictions)
    folder = root / FOLDER
    folder.mkdir(exist_ok=True)
    paths = []
    for licence, things in sorted(under.items()):
        path = folder / f"{_file_name(licence)}.txt"
        path.write_text(_text(licence, things), encoding="utf-8")
        paths.append(path)
    return paths


def _text(licence: str, things: list[str]) -> str:
    where = (
        "The publisher of the model or of the images states the terms."
        if licence.startswith("LicenseRef-")
        else f"Text: https://spdx.org/licenses/{licence}.html"
    )
    return "\n".join([licence, where, "", "Under it are:", *(f"- {thing}" for thing in things)]) + "\n"


def _file_name(licence: str) -> str:
    """An identifier of SPDX is a file name; anything else becomes one."""
    return "".join(letter if letter.isalnum() or letter in "-.+" else "-" for letter in licence).lstrip(".")
