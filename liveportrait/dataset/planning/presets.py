"""Where the parameters of animations are drawn from: a range for each slider.

A preset names sliders of `motion.edit.Edit`; those it does not name stay at rest. Each is drawn
uniformly and by itself: from the image's seed and the slider's name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from liveportrait.dataset.ids import unit_draw
from liveportrait.dataset.schema.parameters import LIMITS, AnimationParameters, Composition
from liveportrait.errors import SettingError

PresetName: TypeAlias = Literal["mild", "frontal", "poses", "expressions", "fluxsynid"]

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
DIGITS = 4
"""Of the drawn values behind the point: far below what can be seen, and a table that people can read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliderRange:
    """A slider drawn uniformly from `low` to `high`.

    `low` and `high` are in units in which the ends of the slider, -1 and 1, are `least` and `most`.
    They are other than -1 and 1 where the range is quoted from somebody whose two sides differ:
    uniform there is not uniform here.
    """

    slider: str
    low: float
    high: float
    least: float = -1.0
    most: float = 1.0

    def __post_init__(self) -> None:
        if self.slider not in LIMITS:
            raise SettingError(f"There is no slider {self.slider!r}; there are {', '.join(LIMITS)}.")
        if not self.low <= self.high or not self.least < 0 < self.most:
            raise SettingError(
                f"{self.slider} has the range {self.low} to {self.high} of {self.least} to {self.most}; "
                "give the lower number first, and ends on both sides of 0."
            )
        (low, high), first, last = LIMITS[self.slider], self.at(0.0), self.at(1.0)
        if not (low <= first and last <= high):
            raise SettingError(f"{self.slider} goes from {low} to {high}; the range is {first} to {last}.")

    def at(self, unit: float) -> float:
        """The slider's value at a place in 0..1 of the range."""
        drawn = self.low + (self.high - self.low) * unit
        return round(drawn / (self.most if drawn > 0 else -self.least), DIGITS) + 0.0  # never minus 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A kind of live image."""

    name: str
    composition: Composition = "library"
    ranges: tuple[SliderRange, ...]

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise SettingError(f"The preset {self.name!r} must be named with letters, digits, _ and - alone.")
        sliders = [part.slider for part in self.ranges]
        if len(set(sliders)) != len(sliders):
            raise SettingError(f"The preset {self.name} names a slider twice: {', '.join(sliders)}.")

    def parameters(self, seed: int) -> AnimationParameters:
        """What one image is asked for."""
        return AnimationParameters(
            **{part.slider: part.at(unit_draw(seed, part.slider)) for part in self.ranges}
        )


def _drawn(limits: Mapping[str, tuple[float, float]]) -> tuple[SliderRange, ...]:
    return tuple(SliderRange(slider=slider, low=low, high=high) for slider, (low, high) in limits.items())


_FLUXSYNID = (
    *_drawn({"pitch_deg": (-15.0, 15.0), "yaw_deg": (-10.0, 10.0), "roll_deg": (-15.0, 15.0)}),
    SliderRange(slider="blink", low=-5.0, high=3.0, least=-10.0, most=39.0),
    SliderRange(slider="brow", low=-10.0, high=15.0, least=-30.0, most=30.0),
    SliderRange(slider="gaze_x", low=-10.0, high=10.0, least=-30.0, most=30.0),
    SliderRange(slider="gaze_y", low=-15.0, high=15.0, least=-63.0, most=63.0),
    SliderRange(slider="smile", low=-0.3, high=0.7, least=-0.3, most=1.3),
)
"""As FLUXSynID draws them (arXiv 2505.07530, its code at b9b3041), over the ends of the released editor's
sliders (`motion.released_spaces`). Its blink counts the other way, -3 to 5, and moves the brows a little too,
which is not followed here."""

PRESETS: Mapping[PresetName, Preset] = MappingProxyType(
    {
        "mild": Preset(
            name="mild",
            ranges=_drawn(
                {
                    "pitch_deg": (-6.0, 6.0),
                    "yaw_deg": (-10.0, 10.0),
                    "roll_deg": (-5.0, 5.0),
                    "blink": (-0.1, 0.2),
                    "gaze_x": (-0.3, 0.3),
                    "gaze_y": (-0.2, 0.2),
                    "brow": (-0.3, 0.4),
                    "smile": (-0.3, 0.5),
                    "mouth_open": (0.0, 0.15),
                }
            ),
        ),
        "frontal": Preset(
            name="frontal",
            ranges=_drawn(
                {
                    "pitch_deg": (-3.0, 3.0),
                    "yaw_deg": (-3.0, 3.0),
                    "roll_deg": (-2.0, 2.0),
                    "blink": (-0.05, 0.1),
                    "gaze_x": (-0.1, 0.1),
                    "gaze_y": (-0.1, 0.1),
                    "brow": (-0.1, 0.1),
                    "smile": (-0.1, 0.15),
                }
            ),
        ),
        "poses": Preset(
            name="poses",
            ranges=_drawn({"pitch_deg": (-15.0, 15.0), "yaw_deg": (-25.0, 25.0), "roll_deg": (-15.0, 15.0)}),
        ),
        "expressions": Preset(
            name="expressions",
            ranges=_drawn(
                {
                    "pitch_deg": (-3.0, 3.0),
                    "yaw_deg": (-3.0, 3.0),
                    "roll_deg": (-2.0, 2.0),
                    "blink": (-0.4, 0.7),
                    "gaze_x": (-0.6, 0.6),
                    "gaze_y": (-0.4, 0.4),
                    "brow": (-0.6, 0.7),
                    "smile": (-0.5, 0.9),
                    "mouth_open": (-0.2, 0.6),
                    "pout": (-0.3, 0.3),
                }
            ),
        ),
        "fluxsynid": Preset(name="fluxsynid", composition="fluxsynid", ranges=_FLUXSYNID),
    }
)
"""`mild`: somebody who does not pose. `frontal`: as at a gate that asks to look straight ahead.
`poses`: the head turned, the face at rest. `expressions`: the face moved, the head nearly at rest.
`fluxsynid`: as that dataset."""
