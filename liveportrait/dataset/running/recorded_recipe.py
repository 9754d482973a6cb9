"""What a run was told, as its folder has it: whoever looks at a finished run need not say it again."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.running.config import Checks, PictureSettings, Recipe
from liveportrait.dataset.running.guard import check_recipe, read_facts

Settings = TypeVar("Settings", PictureSettings, Checks)

PLAIN = ("document_licence", "shard_identities", "batch_size", "most_attempts")
"""Settings of a recipe that are one value each."""


def as_recorded(folder: DatasetFolder, recipe: Recipe) -> Recipe:
    """The recipe's generators and measurer, with all other settings as the run had them.

    Raises:
        DatasetError: when no run was begun here.
        SettingError: when it was begun with other generators, or another measurer.
    """
    values = read_facts(folder).get("recipe")
    if not values:
        raise DatasetError(f"{folder.run_facts}: no run was begun in {folder.root}.")
    recorded = replace(
        recipe,
        pictures=_settings(PictureSettings, "pictures", values),
        checks=_settings(Checks, "checks", values),
        **{name: values[name] for name in PLAIN if name in values},
    )
    check_recipe(folder, recorded)
    return recorded


def _settings(kind: type[Settings], name: str, values: Mapping[str, Any]) -> Settings:
    dotted = {part.name: f"{name}.{part.name}" for part in fields(kind)}
    return kind(**{part: values[place] for part, place in dotted.items() if place in values})
