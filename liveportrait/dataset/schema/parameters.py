"""What an animation is asked for, as columns: the sliders of `motion.edit.Edit`, without its torch."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Composition: TypeAlias = Literal["library", "fluxsynid"]
"""How sliders act on the face. `library`: as this library's editor does. `fluxsynid`: as in FLUXSynID, on an
upright crop of twice the face, with the change of expression turned along with the head."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnimationParameters:
    """Names, units, ranges and defaults are those of `Edit`: `Edit(**asdict(parameters))` is the edit."""

    pitch_deg: float = 0.0
    yaw_deg: float = 0.0
    roll_deg: float = 0.0
    shift_x: float = 0.0
    shift_y: float = 0.0
    zoom: float = 1.0
    eye_open_ratio: float | None = None
    lip_open_ratio: float | None = None
    blink: float = 0.0
    wink: float = 0.0
    gaze_x: float = 0.0
    gaze_y: float = 0.0
    brow: float = 0.0
    smile: float = 0.0
    grin: float = 0.0
    mouth_open: float = 0.0
    pout: float = 0.0
    purse: float = 0.0
