"""Whose model a folder of the user's holds, as far as its own files tell.

A record must not call a copy by a name and a licence that are only the option's.
"""

import json
from pathlib import Path
from typing import Any

from liveportrait.dataset.generators.hub_models import HubModel, require_files
from liveportrait.dataset.generators.text_to_image.profiles import PROFILES, Marks, Profile
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
    if profile.marks.fit(found):
        return profile.model
    for name, other in PROFILES.items():
        if other.marks.fit(found):
            raise SettingError(
                f"{folder} looks like {other.model.id}, not {profile.model.id}: say --profile {name}."
            )
    return HubModel(
        id=f"unknown copy ({found.pipeline})",
        revision=None,
        licence=UNKNOWN_LICENCE,
        files=profile.model.files,
    )


def _marks(folder: Path) -> Marks:
    path = folder / "transformer" / "config.json"
    transformer = _read(path) if path.is_file() else {}
    return Marks(
        pipeline=str(_read(folder / "model_index.json").get("_class_name")),
        takes_guidance=bool(transformer.get("guidance_embeds", False)),
        text_width=transformer.get("joint_attention_dim"),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as fault:
        raise WeightsError(f"{path} cannot be read: {fault}. Fetch it again.") from fault
    if not isinstance(content, dict):
        raise WeightsError(f"{path}: expected an object. Fetch it again.")
    return content
