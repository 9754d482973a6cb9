"""A motion template: a driver's motion over time without the driver, for any number of sources."""

from dataclasses import dataclass, replace
from fractions import Fraction

import torch

from liveportrait.errors import TemplateError
from liveportrait.motion.openings import Openings
from liveportrait.motion.settings import TransferSettings
from liveportrait.motion.space import ExpressionSpace
from liveportrait.motion.state import Motion

ORTHONORMAL_WITHIN = 1e-2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MotionTemplate:
    """Frames of motion at a constant rate; no pixels."""

    model_id: str
    """Whose expression this is; see `fit_to_model`."""
    fps: Fraction
    motion: Motion
    openings: Openings | None = None
    note: str = ""
    """Where the motion is from, who agreed, and under which licence it may be used."""

    def __post_init__(self) -> None:
        if len(self.motion) == 0 or self.motion.num_keypoints == 0:
            raise TemplateError("A motion template needs at least one frame and one keypoint.")
        if not 0 < self.fps <= 1000:
            raise TemplateError(f"A motion template has from 1 to 1000 frames a second; got {self.fps}.")
        if self.openings is not None:
            _check_openings(self.openings, self.num_frames)
        _check_values(self.motion)

    @property
    def num_frames(self) -> int:
        return len(self.motion)

    @property
    def duration_seconds(self) -> float:
        return float(self.num_frames / self.fps)


def resampled(template: MotionTemplate, fps: Fraction) -> MotionTemplate:
    """The template at another rate: frames repeated or left out, none shown more than half a step early."""
    if template.num_frames == 1:
        return template
    num_frames = max(1, round(template.num_frames * fps / template.fps))
    rows = [int((index + Fraction(1, 2)) * template.fps / fps) for index in range(num_frames)]
    rows = [min(row, template.num_frames - 1) for row in rows]
    openings = None if template.openings is None else template.openings.take(rows)
    return replace(template, fps=fps, motion=template.motion.take(rows), openings=openings)


def fit_to_model(
    template: MotionTemplate, space: ExpressionSpace, *, settings: TransferSettings
) -> MotionTemplate:
    """The template as a model may use it.

    Pose, size, place and openings mean the same for every model. The expression is a model's own
    language: of another model's template the region 'pose' is taken, or the openings where settings
    follow nothing else; anything more raises.
    """
    if template.model_id == space.model_id:
        return _same_model(template, space)
    by_openings_alone = settings.retargets and settings.motion == "relative"
    if settings.region != "pose" and not by_openings_alone:
        raise TemplateError(
            f"The template holds the expression of the model {template.model_id!r}, which the model "
            f"{space.model_id!r} cannot read. Choose region 'pose', or lips and eyes 'retargeted' with "
            f"relative motion, or make the template again with {space.model_id!r}."
        )
    neutral = space.neutral_expression.expand(template.num_frames, -1, -1)
    motion = replace(template.motion, expression=neutral, canonical_keypoints=torch.zeros_like(neutral))
    return replace(template, model_id=space.model_id, motion=motion)


def _same_model(template: MotionTemplate, space: ExpressionSpace) -> MotionTemplate:
    if template.motion.num_keypoints != space.num_keypoints:
        raise TemplateError(
            f"The template says it was made for {space.model_id!r}, but has {template.motion.num_keypoints} "
            f"keypoints where that model has {space.num_keypoints}; make it again."
        )
    return template


def _check_openings(openings: Openings, num_frames: int) -> None:
    if len(openings) != num_frames:
        raise TemplateError(
            f"The template has {num_frames} frames of motion and {len(openings)} of openings."
        )
    if not (openings.eyes.isfinite().all() and openings.lips.isfinite().all()):
        raise TemplateError("The template's openings hold values that are not finite; make it again.")


def _check_values(motion: Motion) -> None:
    """Finite everywhere, and rotations that are rotations."""
    for name in ("rotation", "expression", "scale", "translation", "canonical_keypoints"):
        if not getattr(motion, name).isfinite().all():
            raise TemplateError(f"The template's {name} holds values that are not finite; make it again.")
    identity = torch.eye(3).to(motion.rotation)
    error = (motion.rotation @ motion.rotation.mT - identity).abs().amax()
    if error > ORTHONORMAL_WITHIN or (torch.linalg.det(motion.rotation) < 0).any():
        raise TemplateError(
            f"The template's rotations are none: off by {float(error):.2g}, expected orthonormal matrices."
        )
    if (motion.scale <= 0).any():
        raise TemplateError("The template's scale must be above 0 in every frame.")
