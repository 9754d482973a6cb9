"""What a finished dataset holds, counted in one pass: images, models, licences."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.schema.images import ImageRecord, ModelRef
from liveportrait.dataset.schema.tables import read_rows


@dataclass(slots=True, kw_only=True)
class Inventory:
    """Numbers of images by what they are; grows an image at a time."""

    facts: dict[str, Any] = field(repr=False)
    """`dataset.json`."""
    identities: set[str] = field(default_factory=set, repr=False)
    """With at least one good image."""
    by_status: Counter[str] = field(default_factory=Counter)
    by_method: Counter[str] = field(default_factory=Counter)
    """Of good images; so are the next."""
    by_licence: Counter[str] = field(default_factory=Counter)
    by_model: Counter[ModelRef] = field(default_factory=Counter)
    sha256_by_path: dict[str, str] = field(default_factory=dict, repr=False)
    """Of images in files of their own, as recorded."""

    @property
    def num_images(self) -> int:
        return self.by_status["ok"]

    @property
    def num_identities(self) -> int:
        return len(self.identities)

    @property
    def licence(self) -> str:
        """Of the whole as an SPDX expression."""
        expressions = sorted(self.by_licence) or ["LicenseRef-Unknown"]
        if len(expressions) == 1:
            return expressions[0]
        if any(word in each for each in expressions for word in ("(", " OR ", " WITH ")):
            return " AND ".join(f"({each})" for each in expressions)
        return " AND ".join(sorted({part for each in expressions for part in each.split(" AND ")}))

    def add(self, row: ImageRecord) -> None:
        """Count an image."""
        self.by_status[row.status] += 1
        if row.stored is not None and row.stored.offset is None:
            self.sha256_by_path[row.stored.path] = row.stored.sha256
        if row.status != "ok" or row.stored is None:
            return
        self.identities.add(row.planned.identity_id)
        self.by_method[row.planned.method] += 1
        self.by_licence[row.licence] += 1
        self.by_model.update(set(row.model_refs))


def empty_inventory(folder: DatasetFolder) -> Inventory:
    """Of a finished dataset, before any image is counted."""
    return Inventory(facts=_facts(folder))


def take_inventory(folder: DatasetFolder) -> Inventory:
    """Count all; the rows of images are gone through once."""
    inventory = empty_inventory(folder)
    for row in read_rows(folder.images, ImageRecord):
        inventory.add(row)
    return inventory


def _facts(folder: DatasetFolder) -> dict[str, Any]:
    try:
        facts = json.loads(folder.dataset_facts.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise DatasetError(
            f"{folder.dataset_facts}: expected the facts of a finished dataset; is the run done? ({error})"
        ) from error
    if not isinstance(facts, dict):
        raise DatasetError(f"{folder.dataset_facts}: expected a JSON object.")
    return facts
