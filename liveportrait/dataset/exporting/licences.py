"""`LICENSES/`: which licences images and models are under, and a file for the text of each.

The text itself is for who publishes to add; until then the file says where it stands.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from liveportrait.dataset.exporting.inventory import Inventory
from liveportrait.media.pending_file import write_bytes

FOLDER = "LICENSES"


def write_licences(inventory: Inventory, root: Path) -> None:
    """Write what is under which; a text that somebody has added stays."""
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
    for licence in under:
        text = folder / f"{licence}.txt"
        if not text.exists():
            text.write_text(_place_of_text(licence), encoding="utf-8")
    write_bytes(folder / "README.md", _listing(under).encode())


def identifiers(expression: str) -> list[str]:
    """The licences in an SPDX expression, each fit for a file name; other words are joined by dashes."""
    parts = re.split(r"\s+(?:AND|OR|WITH)\s+", expression.strip("() "))
    names = [re.sub(r"[^A-Za-z0-9.+-]+", "-", part).strip("-.") for part in parts]
    return sorted({name for name in names if name})


def _listing(under: Mapping[str, list[str]]) -> str:
    parts = ["# Licences"]
    for licence, things in sorted(under.items()):
        parts.append(f"## {licence}\n\n" + "\n".join(f"- {thing}" for thing in things))
    return "\n\n".join(parts) + "\n"


def _place_of_text(licence: str) -> str:
    if licence.startswith("LicenseRef-"):
        return f"{licence}: the publisher of the model or of the images states the terms.\n"
    return f"{licence}: https://spdx.org/licenses/{licence}.html\n"
