"""Whose model a folder of the user's holds, as far as its own files tell.

A record must not call a copy by a name and a licence that are only the option's.
"""

import json
from pathlib import Path
from typing import Any

from liveportrait.dataset.generators.hub_models import HubModel, require_files
from liveportrait.dataset.generators.text_to_image.profiles import PROFILES, Profile
from liveportrait.errors import SettingError, WeightsError

UNKNOWN_LICENCE = "LicenseRef-Unknown"


def model_of_copy(folder: Path, profile: Profile) -> HubModel:
    """The profile's model where the folder looks like a copy of it, else one of unknown name and licence.

    Raises:
        SettingError: when it looks like another known model, whose licence would go unseen.
        WeightsError: when it is no pipeline of diffusers.
    """
    require_files(folder, ("model_index.json",), model=profile.model)
    found = _marks(folder)
    if found == profile.marks:
        return profile.model
    for name, other in PROFILES.items():
        if found == other.marks:
            raise SettingError(
                f"{folder} looks like {other.model.id}, not {profile.model.id}: say --profile {name}."
            )
    return HubModel(
        id=f"unknown copy ({found[0]})", revision=None, licence=UNKNOWN_LICENCE, files=profile.model.files
    )


def _marks(folder: Path) -> tuple[str, bool]:
    """The pipeline's class, and whether its transformer takes a guidance; see `Profile.marks`."""
    name = str(_read(folder / "model_index.json").get("_class_name"))
    config = folder / "transformer" / "config.json"
    return name, bool(_read(config).get("guidance_embeds", False)) if config.is_file() else False


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as fault:
        raise WeightsError(f"{path} cannot be read: {fault}. Fetch it again.") from fault
    if not isinstance(content, dict):
        raise WeightsError(f"{path}: expected an object. Fetch it again.")
    return content
