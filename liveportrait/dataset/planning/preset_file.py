"""Presets of the user's own, as JSON: {"composition": "library", "ranges": {"yaw_deg": [-5, 5], ...}}.

`composition` may be missing. Ranges are in the sliders' own units, see `motion.edit.Edit`.
"""

import json
from pathlib import Path
from typing import Any, get_args

from liveportrait.dataset.planning.presets import Preset, SliderRange
from liveportrait.dataset.schema.parameters import Composition
from liveportrait.errors import SettingError
from liveportrait.media.reading import check_readable

MAX_BYTES = 2**16


def load_preset(path: Path) -> Preset:
    """The preset in a file, called by the file's name without its extension."""
    check_readable(path)
    if path.stat().st_size > MAX_BYTES:
        raise SettingError(f"{path}: the file has more than {MAX_BYTES >> 10} KiB; that is no preset.")
    try:
        return _preset(path.stem, json.loads(path.read_bytes()))
    except (ValueError, OverflowError, RecursionError, SettingError) as error:
        raise SettingError(f"{path}: {error}") from error


def _preset(name: str, content: Any) -> Preset:
    if not isinstance(content, dict) or not {"ranges"} <= content.keys() <= {"ranges", "composition"}:
        raise SettingError("expected an object with 'ranges', and 'composition' if wanted.")
    composition, ranges = content.get("composition", "library"), content["ranges"]
    if composition not in get_args(Composition):
        raise SettingError(
            f"'composition' is {composition!r}; choose from {', '.join(get_args(Composition))}."
        )
    if not isinstance(ranges, dict):
        raise SettingError("'ranges' must be an object of sliders and their [low, high].")
    return Preset(
        name=name,
        composition=composition,
        ranges=tuple(_range(slider, limits) for slider, limits in ranges.items()),
    )


def _range(slider: str, limits: Any) -> SliderRange:
    if not (
        isinstance(limits, list) and len(limits) == 2 and all(type(end) in (int, float) for end in limits)
    ):
        raise SettingError(f"{slider} must be [low, high] in numbers; got {limits!r}.")
    return SliderRange(slider=slider, low=float(limits[0]), high=float(limits[1]))
