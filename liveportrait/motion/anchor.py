"""The anchor: the driver's frame that counts as zero in relative motion."""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from liveportrait.errors import SettingError
from liveportrait.motion.openings import Openings
from liveportrait.motion.regions import Region, SourceKind
from liveportrait.motion.rotation import angle_between_deg
from liveportrait.motion.space import ExpressionSpace
from liveportrait.motion.state import Motion

AnchorChoice: TypeAlias = Literal["first", "auto"] | int
"""The first frame, the calmest one, or the frame of that index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorSettings:
    """What makes a frame calm. Each figure is how far from calm costs one point."""

    window_frames: int = 100
    """How many frames from the start are looked at."""
    turn_deg: float = 10.0
    lip_ratio: float = 0.1
    eye_ratio: float = 0.1
    expression_spreads: float = 2.0
    """Distance from the window's median expression, over the median such distance."""


def choose_anchor(
    motion: Motion,
    openings: Openings | None,
    *,
    choice: AnchorChoice,
    settings: AnchorSettings = AnchorSettings(),
) -> int:
    """The index of the anchor frame in the driver's motion."""
    match choice:
        case "first":
            return 0
        case "auto":
            window = slice(0, settings.window_frames)
            costs = _costs(motion[window], None if openings is None else openings[window], settings)
            return int(costs.cpu().numpy().argmin())  # the first of equals, which torch does not promise
        case _ if 0 <= choice < len(motion):
            return choice
        case _:
            raise SettingError(
                f"The anchor frame is {choice}, but the driver has {len(motion)} frames; give an index "
                f"from 0 to {len(motion) - 1}, 'first' or 'auto'."
            )


def anchor_of_still(
    driving: Motion, *, region: Region, source_kind: SourceKind, space: ExpressionSpace
) -> Motion:
    """The anchor of a driver who is a single picture: its own pose, with the model's neutral expression.

    So relative motion takes over its expression and no pose. The reference counts the eyes that move a
    picture from 0, and those that move a video from the neutral expression.
    """
    neutral = space.neutral_expression
    if region == "eyes" and source_kind == "image":
        neutral = torch.zeros_like(neutral)
    return replace(driving, expression=neutral.expand_as(driving.expression))


def _costs(motion: Motion, openings: Openings | None, settings: AnchorSettings) -> Float[Tensor, "b"]:
    """How far each frame is from frontal, closed lips, open eyes and the usual expression."""
    frontal = torch.eye(3).to(motion.rotation).expand_as(motion.rotation)
    turned = angle_between_deg(frontal, motion.rotation) / settings.turn_deg
    usual = motion.expression.median(dim=0).values
    distance = (motion.expression - usual).flatten(1).norm(dim=1)
    spread = distance.median().clamp_min(1e-9)
    costs = turned + distance / spread / settings.expression_spreads
    if openings is None:
        return costs
    eyes = openings.eyes.mean(dim=1)
    closing = (eyes.median() - eyes).clamp_min(0) / settings.eye_ratio
    return costs + openings.lips[:, 0] / settings.lip_ratio + closing
