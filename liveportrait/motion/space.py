"""What a model's expression means: which keypoints are lips and eyes, what neutral is, where sliders lead.

Keypoints are implicit: training decides what each one follows. So these facts belong to a model and
are wrong for every other one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from liveportrait.errors import SettingError

PointMask: TypeAlias = Bool[Tensor, "k 3"]
"""Coordinates of keypoints that belong to a set."""

ExpressionOffset: TypeAlias = Float[Tensor, "k 3"]
"""A change of the expression."""

SliderName = Literal[
    "shift_x",
    "shift_y",
    "blink",
    "wink",
    "gaze_x",
    "gaze_y",
    "brow",
    "smile",
    "grin",
    "mouth_open",
    "pout",
    "purse",
]
"""Movements that a model may know a direction for; `editing` says what each one does."""

SLIDER_NAMES: tuple[SliderName, ...] = get_args(SliderName)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Slider:
    """Where one slider leads: in a straight line to each side, not always the same one."""

    name: SliderName
    positive: ExpressionOffset
    """The expression's offset at slider value 1."""
    negative: ExpressionOffset
    """At slider value -1."""

    def offset(self, value: float) -> ExpressionOffset:
        return self.positive * value if value > 0 else self.negative * -value

    def to(self, device: torch.device | str) -> "Slider":
        return replace(self, positive=self.positive.to(device), negative=self.negative.to(device))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExpressionSpace:
    """The meaning of one model's expression."""

    model_id: str
    lip_mask: PointMask
    eye_mask: PointMask
    expression_mask: PointMask
    """What is transferred as expression where a part of it must stay the source's own."""
    neutral_expression: ExpressionOffset
    """A face at rest: lips closed, eyes open."""
    sliders: tuple[Slider, ...] = ()

    @property
    def num_keypoints(self) -> int:
        return self.neutral_expression.shape[0]

    @property
    def slider_names(self) -> tuple[SliderName, ...]:
        return tuple(slider.name for slider in self.sliders)

    def slider(self, name: SliderName) -> Slider:
        for slider in self.sliders:
            if slider.name == name:
                return slider
        known = ", ".join(self.slider_names) or "none"
        raise SettingError(
            f"The model {self.model_id!r} has no slider {name!r}; it has: {known}. Leave {name!r} at 0."
        )

    def offset(self, values: Mapping[SliderName, float]) -> ExpressionOffset:
        """Where several sliders lead together; those at 0 need not exist."""
        total = torch.zeros_like(self.neutral_expression)
        for name, value in values.items():
            if value:
                total = total + self.slider(name).offset(value)
        return total

    def to(self, device: torch.device | str) -> "ExpressionSpace":
        return replace(
            self,
            lip_mask=self.lip_mask.to(device),
            eye_mask=self.eye_mask.to(device),
            expression_mask=self.expression_mask.to(device),
            neutral_expression=self.neutral_expression.to(device),
            sliders=tuple(slider.to(device) for slider in self.sliders),
        )


def mask_of_points(points: tuple[int, ...], *, num_keypoints: int) -> PointMask:
    """All three coordinates of the named keypoints."""
    mask = torch.zeros(num_keypoints, 3, dtype=torch.bool)
    mask[list(points)] = True
    return mask
