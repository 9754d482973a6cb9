"""An edit: a face's changes by hand, as numbers with a range, that add up, mix and can be saved."""

import math
from dataclasses import dataclass, field, fields, replace
from typing import Any

from liveportrait.errors import SettingError
from liveportrait.motion.openings import Openings
from liveportrait.motion.space import SLIDER_NAMES, SliderName


def _ranged(default: float | None, low: float, high: float) -> Any:
    """A field with its least and its greatest value."""
    return field(default=default, metadata={"range": (low, high)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """All sliders of the editor; as it stands it changes nothing.

    Sliders without a unit run to 1 and -1, the ends of the released editor's ranges; how far that is
    belongs to the model (`ExpressionSpace`).
    """

    pitch_deg: float = _ranged(0.0, -15.0, 15.0)
    """Added to the source's angle, as are yaw and roll: above 0 the face turns down."""
    yaw_deg: float = _ranged(0.0, -25.0, 25.0)
    """Above 0 the face turns to the left of the picture."""
    roll_deg: float = _ranged(0.0, -15.0, 15.0)
    """Above 0 the head tilts clockwise, its crown to the right of the picture."""
    shift_x: float = _ranged(0.0, -0.19, 0.19)
    """Of the head, to the right of the picture; 2 is the width of the crop."""
    shift_y: float = _ranged(0.0, -0.19, 0.19)
    """Down."""
    zoom: float = _ranged(1.0, 0.9, 1.2)
    """Size of the head over the source's."""
    eye_open_ratio: float | None = _ranged(None, 0.0, 0.8)
    """Wanted opening of both eyes, by the eye network; None leaves them. See `blink` for a direct one."""
    lip_open_ratio: float | None = _ranged(None, 0.0, 0.8)
    """Wanted opening of the lips, by the lip network; None leaves them. See `mouth_open` for a direct one."""
    blink: float = _ranged(0.0, -1.0, 1.0)
    """1 closes both eyes, -1 opens them wide."""
    wink: float = _ranged(0.0, 0.0, 1.0)
    """Closes one eye."""
    gaze_x: float = _ranged(0.0, -1.0, 1.0)
    """The eyes look to the right of the picture."""
    gaze_y: float = _ranged(0.0, -1.0, 1.0)
    """The eyes look up."""
    brow: float = _ranged(0.0, -1.0, 1.0)
    """1 raises the eyebrows, -1 knits them."""
    smile: float = _ranged(0.0, -1.0, 1.0)
    grin: float = _ranged(0.0, 0.0, 1.0)
    mouth_open: float = _ranged(0.0, -1.0, 1.0)
    """1 opens the mouth, -1 presses the lips together."""
    pout: float = _ranged(0.0, -1.0, 1.0)
    purse: float = _ranged(0.0, -1.0, 1.0)

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise SettingError(f"The edit's {name} is {value}; give a number from {low} to {high}.")

    def slider_values(self) -> dict[SliderName, float]:
        """The part that the model's sliders make."""
        return {name: getattr(self, name) for name in SLIDER_NAMES}

    def with_openings(self, source: Openings) -> "Edit":
        """The edit with openings that it left alone named as they are in the source's first frame.

        That makes it possible to mix it with one that changes them.
        """
        eyes = min(float(source.eyes[0].mean()), RANGES["eye_open_ratio"][1])
        lips = min(float(source.lips[0, 0]), RANGES["lip_open_ratio"][1])
        return replace(
            self,
            eye_open_ratio=eyes if self.eye_open_ratio is None else self.eye_open_ratio,
            lip_open_ratio=lips if self.lip_open_ratio is None else self.lip_open_ratio,
        )


RANGES: dict[str, tuple[float, float]] = {part.name: part.metadata["range"] for part in fields(Edit)}
NUMBERS = tuple(name for name in RANGES if name not in ("eye_open_ratio", "lip_open_ratio"))
"""All fields but the openings, which may be None."""


def add(first: Edit, second: Edit) -> Edit:
    """Both edits at once.

    Sums are cut to the slider's range: two full smiles are one. Zooms multiply. An opening is a goal
    and not a change, so that of `second` stands where it has one.
    """
    values = {name: getattr(first, name) + getattr(second, name) for name in NUMBERS}
    values["zoom"] = first.zoom * second.zoom
    cut = {name: min(max(value, RANGES[name][0]), RANGES[name][1]) for name, value in values.items()}
    return Edit(
        **cut,
        eye_open_ratio=first.eye_open_ratio if second.eye_open_ratio is None else second.eye_open_ratio,
        lip_open_ratio=first.lip_open_ratio if second.lip_open_ratio is None else second.lip_open_ratio,
    )


def mix(first: Edit, second: Edit, ratio: float) -> Edit:
    """A way from `first`, at ratio 0, to `second`, at 1."""
    if not (math.isfinite(ratio) and 0 <= ratio <= 1):
        raise SettingError(f"Edits mix by a ratio from 0 to 1; got {ratio}.")
    start = {name: getattr(first, name) for name in NUMBERS}
    return Edit(
        **{name: value + (getattr(second, name) - value) * ratio for name, value in start.items()},
        eye_open_ratio=_goal_between(first.eye_open_ratio, second.eye_open_ratio, ratio),
        lip_open_ratio=_goal_between(first.lip_open_ratio, second.lip_open_ratio, ratio),
    )


def _goal_between(start: float | None, end: float | None, ratio: float) -> float | None:
    if start is None and end is None:
        return None
    if start is None or end is None:
        raise SettingError(
            "One of the edits names an opening and the other leaves it to the source, so there is no way "
            "between them; give both `with_openings(...)` of the source first."
        )
    return start + (end - start) * ratio
