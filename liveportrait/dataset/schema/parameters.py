"""What an animation is asked for, as columns: the sliders of `motion.edit.Edit`, without its torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
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


LIMITS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "pitch_deg": (-15.0, 15.0),
        "yaw_deg": (-25.0, 25.0),
        "roll_deg": (-15.0, 15.0),
        "shift_x": (-0.19, 0.19),
        "shift_y": (-0.19, 0.19),
        "zoom": (0.9, 1.2),
        "eye_open_ratio": (0.0, 0.8),
        "lip_open_ratio": (0.0, 0.8),
        "blink": (-1.0, 1.0),
        "wink": (0.0, 1.0),
        "gaze_x": (-1.0, 1.0),
        "gaze_y": (-1.0, 1.0),
        "brow": (-1.0, 1.0),
        "smile": (-1.0, 1.0),
        "grin": (0.0, 1.0),
        "mouth_open": (-1.0, 1.0),
        "pout": (-1.0, 1.0),
        "purse": (-1.0, 1.0),
    }
)
"""Least and greatest value of each slider, as in `motion.edit.RANGES`, which imports torch."""
