"""What is measured on a face to calibrate a model, and which slider each measurement teaches."""

from dataclasses import dataclass

from liveportrait.motion.space import SliderName

EYE_SIGNALS = ("first_eye_open", "second_eye_open")
"""Openings of the eyes in picture order."""

LIP_SIGNAL = "lip_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Which measured signals a slider moves together, and whether its value 1 raises or lowers them."""

    slider: SliderName
    signals: tuple[str, ...]
    raises: bool = True
    against: tuple[str, ...] = ()
    """Signals that must not move along; judging subtracts them."""
    unseen_share: float = 1.0
    """How far the slider goes to a side that no sample shows, over the mirror of the other."""


MOVEMENTS = (
    Movement(slider="blink", signals=EYE_SIGNALS, raises=False),
    Movement(slider="wink", signals=EYE_SIGNALS[:1], raises=False, against=EYE_SIGNALS[1:]),
    Movement(slider="gaze_x", signals=("gaze_x",)),
    Movement(slider="gaze_y", signals=("gaze_y",)),
    Movement(slider="brow", signals=("brow",)),
    Movement(slider="smile", signals=("smile",)),
    Movement(slider="grin", signals=("grin",)),
    # Lips that touch can only be pressed.
    Movement(slider="mouth_open", signals=(LIP_SIGNAL,), unseen_share=0.2),
    Movement(slider="pout", signals=("pout",)),
    Movement(slider="purse", signals=("purse",)),
)
SIGNALS = frozenset(signal for movement in MOVEMENTS for signal in movement.signals)
EYE_SLIDERS: tuple[SliderName, ...] = ("blink", "wink", "gaze_x", "gaze_y")
LIP_SLIDERS: tuple[SliderName, ...] = ("smile", "grin", "mouth_open", "pout", "purse")
