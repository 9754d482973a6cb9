"""CITATION.cff (Citation File Format 1.2.0) of a dataset."""

import json

from liveportrait.dataset.exporting.card import CardSettings
from liveportrait.dataset.exporting.inventory import Inventory
from liveportrait.dataset.exporting.licences import identifiers

MESSAGE = "If you use this dataset, please cite it."


def citation(inventory: Inventory, settings: CardSettings) -> str:
    """YAML, whose strings are written as JSON has them."""
    lines = [
        "cff-version: 1.2.0",
        f"message: {json.dumps(MESSAGE)}",
        "type: dataset",
        f"title: {json.dumps(settings.title)}",
        f"version: {json.dumps(settings.version)}",
        "authors:",
        *(_author(author) for author in settings.authors or ("Anonymous",)),
    ]
    if settings.date:
        lines.append(f"date-released: {settings.date}")
    if settings.url:
        lines.append(f"url: {json.dumps(settings.url)}")
    known = {licence for expression in inventory.by_licence for licence in identifiers(expression)}
    licences = sorted(licence for licence in known if not licence.startswith("LicenseRef-"))
    if licences:
        lines.append(f"license: {json.dumps(licences)}")
    return "\n".join(lines) + "\n"


def _author(author: str) -> str:
    family, _, given = author.partition(",")
    if not given:
        return f"  - name: {json.dumps(author.strip())}"
    return f"  - family-names: {json.dumps(family.strip())}\n    given-names: {json.dumps(given.strip())}"
