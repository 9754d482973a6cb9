"""`LICENSES/`: a file for each licence that images or models are under, and what is under it.

It names the licence and where its text stands; the text itself is for who publishes to add.
"""

import re
from collections import defaultdict
from pathlib import Path

from liveportrait.dataset.exporting.inventory import Inventory

FOLDER = "LICENSES"


def write_licences(inventory: Inventory, root: Path) -> list[Path]:
    """Write them; returns their paths."""
    under: dict[str, list[str]] = defaultdict(list)
    for expression, num in sorted(inventory.by_licence.items()):
        for licence in identifiers(expression):
            under[licence].append(f"{num} images of this dataset ({expression})")
    for model in sorted(inventory.by_model, key=lambda each: (each.id, each.revision or "")):
        restrictions = f"; {model.restrictions}" if model.restrictions else ""
        for licence in identifiers(model.licence):
            under[licence].append(f"model {model.id} {model.revision or ''}".rstrip() + restrictions)
    folder = root / FOLDER
    folder.mkdir(exist_ok=True)
    paths = []
    for licence, things in sorted(under.items()):
        path = folder / f"{licence}.txt"
        path.write_text(_text(licence, things), encoding="utf-8")
        paths.append(path)
    return paths


def identifiers(expression: str) -> list[str]:
    """The licences in an SPDX expression, each fit for a file name; other words are joined by dashes."""
    parts = re.split(r"\s+(?:AND|OR|WITH)\s+", expression.strip("() "))
    names = [re.sub(r"[^A-Za-z0-9.+-]+", "-", part).strip("-.") for part in parts]
    return sorted({name for name in names if name})


def _text(licence: str, things: list[str]) -> str:
    where = (
        "The publisher of the model or of the images states the terms."
        if licence.startswith("LicenseRef-")
        else f"Text: https://spdx.org/licenses/{licence}.html"
    )
    return "\n".join([licence, where, "", "Under it are:", *(f"- {thing}" for thing in things)]) + "\n"
