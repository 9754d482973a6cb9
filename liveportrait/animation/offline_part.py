"""A face of a source video whose motion is smoothed over all frames before the first is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from liveportrait.animation.anchoring import anchor_for
from liveportrait.animation.parts import TrackedFace
from liveportrait.animation.recording import Recording
from liveportrait.animation.sightings import Sighting, sightings_of
from liveportrait.arrays import FrameRGB
from liveportrait.errors import NoFaceError
from liveportrait.media.protocol import Frame
from liveportrait.motion.anchor import AnchorChoice
from liveportrait.motion.composition import SourceFace, compose, displacement_from
from liveportrait.motion.kalman import smooth_motion
from liveportrait.motion.regions import scope_of
from liveportrait.motion.retargeting import steady_eye_ratio
from liveportrait.motion.transfer import transfer
from liveportrait.stepping import AnimationSettings, Source, Step
from liveportrait.tensors import Keypoints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OfflinePart:
    """All keypoints are known beforehand."""

    face: TrackedFace
    kp_driving: Keypoints
    """At every place of the result; not used where the source's face is not seen."""
    is_drawn: Sequence[bool]
    """Whether the driver is to be seen at each place."""

    def prepare(self, frame: Frame) -> Source | None:
        return self.face.source_at(frame) if self.is_drawn[frame.index] else None

    def step(self, frame: Frame, source: Source | None, onto: FrameRGB) -> Step:
        if source is None:
            return self.face.untouched(frame, onto)
        kp_driving = self.kp_driving[frame.index : frame.index + 1]
        return self.face.animator.draw(source, kp_driving, onto=onto)


@torch.inference_mode()
def make_offline_part(
    face: TrackedFace,
    recording: Recording,
    *,
    driving: Sequence[int],
    anchor: AnchorChoice,
    smoothing_variance: float,
) -> OfflinePart:
    """Work out the keypoints of all frames of the result, as the reference does for source videos."""
    animator, head = face.animator, _head_of(face)
    settings = animator.settings.transfer
    zero = anchor_for(animator, recording, anchor, source_kind="video")
    leading = recording.faces_near(driving)
    moved = transfer(head.motion, leading.motion, zero, mode=settings.motion)
    if not recording.is_still:
        moved = smooth_motion(moved, observation_variance=smoothing_variance)
    space = animator.model.space
    scope = scope_of(settings.region, mode=settings.motion, source_kind="video", space=space)
    kp_driving = compose(
        head,
        moved,
        leading.openings,
        settings=settings,
        scope=scope,
        displacement=displacement_from(head, zero, settings=settings, scope=scope),
        retargeter=animator.model,
    )
    kp_source = head.motion.keypoints()
    seen = sightings_of(recording.sightings[index].row is not None for index in driving)
    strength = _strengths(seen, animator.settings).to(kp_source.device)
    return OfflinePart(
        face=face,
        kp_driving=kp_source + strength[:, None, None] * (kp_driving - kp_source),
        is_drawn=[animator.settings.no_face != "pass_through" or one.row is not None for one in seen],
    )


def _head_of(face: TrackedFace) -> SourceFace:
    openings = face.track.openings
    return SourceFace(
        motion=face.nearest_motion(),
        kind="video",
        openings=None if openings is None else openings.take(face.nearest_rows()),
        steady_eye_ratio=None
        if openings is None
        else steady_eye_ratio(openings[0]).expand(len(face.places), 1),
    )


def _strengths(seen: Sequence[Sighting], settings: AnimationSettings) -> Float[Tensor, "t"]:
    """How much of the driver's motion is taken at each place, as `Animator.step` has it frame by frame."""
    missing = [index for index, one in enumerate(seen) if one.row is None]
    if missing and settings.no_face == "raise":
        raise NoFaceError(
            f"No face is seen in driving frame {missing[0]}; choose another no_face policy, or who leads."
        )
    return torch.tensor([_strength(one, settings) for one in seen])


def _strength(sighting: Sighting, settings: AnimationSettings) -> float:
    if sighting.is_before_first:
        return 0.0
    if settings.no_face == "fade":
        return max(0.0, 1 - sighting.frames_missed / settings.fade_frames)
    return 1.0
