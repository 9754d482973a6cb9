"""What of the source's head may move."""

from dataclasses import dataclass, replace
from typing import Literal, assert_never

import torch

from liveportrait.errors import SettingError
from liveportrait.motion.space import ExpressionSpace, PointMask
from liveportrait.motion.state import Motion
from liveportrait.motion.transfer import MotionMode

Region = Literal["all", "expression", "pose", "lips", "eyes"]

SourceKind = Literal["image", "video"]
"""A picture is moved as a whole; a video keeps its own size and place, so that it fits its frames."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scope:
    """The parts of a motion that follow the driver; the others stay the source's."""

    rotation: bool
    scale: bool
    translation: bool
    expression: PointMask


def scope_of(region: Region, *, mode: MotionMode, source_kind: SourceKind, space: ExpressionSpace) -> Scope:
    """What moves when `region` is asked for.

    Relative motion of a picture moves every coordinate of the expression; otherwise the coordinates
    outside of the model's expression set hold the shape of the source's head and stay.
    """
    relative_picture = mode == "relative" and source_kind == "image"
    turns = region in ("all", "pose")
    return Scope(
        rotation=turns,
        scale=region == "all" and relative_picture,
        translation=turns and (mode == "absolute" or source_kind == "image"),
        expression=_expression_of(region, space, entire=relative_picture),
    )


def restrict(moved: Motion, source: Motion, scope: Scope) -> Motion:
    """`moved` where `scope` lets it, else `source`."""
    source = source.expand(len(moved))
    return replace(
        source,
        rotation=moved.rotation if scope.rotation else source.rotation,
        expression=torch.where(scope.expression, moved.expression, source.expression),
        scale=moved.scale if scope.scale else source.scale,
        translation=moved.translation if scope.translation else source.translation,
    )


def _expression_of(region: Region, space: ExpressionSpace, *, entire: bool) -> PointMask:
    match region:
        case "all" | "expression":
            return torch.ones_like(space.expression_mask) if entire else space.expression_mask
        case "pose":
            return torch.zeros_like(space.expression_mask)
        case "lips":
            return _named(space.lip_mask, region, space)
        case "eyes":
            return _named(space.eye_mask, region, space)
        case _:
            assert_never(region)


def _named(mask: PointMask, region: Region, space: ExpressionSpace) -> PointMask:
    """A mask that must not be empty; nothing else here reads values back from the device."""
    if not mask.any():
        raise SettingError(
            f"The model {space.model_id!r} does not say which keypoints are {region}; choose another region."
        )
    return mask
