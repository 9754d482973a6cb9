"""One frame's driving keypoints, from a source, a driver and the anchor.

The order is the released model's: transfer, region, displacement, then either stitching and the
normalising offsets or retargeting and stitching, then the multiplier.
"""

from dataclasses import dataclass, replace

from liveportrait.errors import SettingError
from liveportrait.motion.hull import Displacement, make_displacement
from liveportrait.motion.openings import Openings
from liveportrait.motion.regions import Scope, SourceKind, restrict, scope_of
from liveportrait.motion.retargeting import (
    Retargeter,
    closing_lips,
    eyes_as_driver,
    lips_as_driver,
    steadying_eyes,
)
from liveportrait.motion.settings import TransferSettings
from liveportrait.motion.space import ExpressionSpace
from liveportrait.motion.state import Motion
from liveportrait.motion.transfer import transfer
from liveportrait.tensors import Keypoints, Ratios


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SourceFace:
    """The head that is moved, in one frame or in all."""

    motion: Motion
    kind: SourceKind = "image"
    openings: Openings | None = None
    """Needed where lips or eyes are not just driven."""
    steady_eye_ratio: Ratios | None = None
    """Of the video's first frame, see `retargeting.steady_eye_ratio`; needed for steadied eyes."""

    def expand(self, num_frames: int) -> "SourceFace":
        """One frame, seen `num_frames` times."""
        openings, ratio = self.openings, self.steady_eye_ratio
        return replace(
            self,
            motion=self.motion.expand(num_frames),
            openings=None if openings is None else openings.expand(num_frames),
            steady_eye_ratio=None if ratio is None else ratio.expand(num_frames, 1),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrivingFace:
    """The head that leads, in one frame or in all."""

    motion: Motion
    openings: Openings | None = None
    """Needed where lips or eyes are retargeted."""


def drive(
    source: SourceFace,
    driving: DrivingFace,
    anchor: Motion,
    *,
    settings: TransferSettings,
    space: ExpressionSpace,
    retargeter: Retargeter,
) -> Keypoints:
    """The driving keypoints, all at once.

    Where the motion is smoothed in between, or what is known before driving shall be prepared once,
    call its parts: `scope_of`, `displacement_from`, `transfer`, `compose`.
    """
    scope = scope_of(settings.region, mode=settings.motion, source_kind=source.kind, space=space)
    moved = transfer(source.motion, driving.motion, anchor, mode=settings.motion)
    return compose(
        source,
        moved,
        driving.openings,
        settings=settings,
        scope=scope,
        displacement=displacement_from(source, anchor, settings=settings, scope=scope),
        retargeter=retargeter,
    )


def displacement_from(
    source: SourceFace, anchor: Motion, *, settings: TransferSettings, scope: Scope
) -> Displacement | None:
    """What expression-friendly driving counts from; none where it changes nothing."""
    if settings.driving_option == "pose-friendly" or settings.motion == "relative":
        return None
    at_anchor = restrict(transfer(source.motion, anchor, anchor, mode=settings.motion), source.motion, scope)
    return make_displacement(source.motion.keypoints(), at_anchor.keypoints())


def compose(
    source: SourceFace,
    moved: Motion,
    driving_openings: Openings | None,
    *,
    settings: TransferSettings,
    scope: Scope,
    displacement: Displacement | None,
    retargeter: Retargeter,
) -> Keypoints:
    """The driving keypoints of `moved`, which is the source's motion after the transfer."""
    source = source.expand(len(moved))
    if driving_openings is not None:
        driving_openings = driving_openings.expand(len(moved))
    kp_source = source.motion.keypoints()
    kp_driving = restrict(moved, source.motion, scope).keypoints()
    if displacement is not None:
        kp_driving = displacement.apply(kp_driving, kp_source)
    if settings.retargets:
        kp_driving = _retarget(kp_driving, source, driving_openings, settings, retargeter)
        kp_driving = _stitch(kp_source, kp_driving, settings, retargeter)
    else:
        kp_driving = _stitch(kp_source, kp_driving, settings, retargeter)
        kp_driving = _normalize(kp_driving, source, settings, retargeter)
    return kp_source + (kp_driving - kp_source) * settings.driving_multiplier


def _stitch(
    kp_source: Keypoints, kp_driving: Keypoints, settings: TransferSettings, retargeter: Retargeter
) -> Keypoints:
    return retargeter.stitch(kp_source, kp_driving) if settings.stitching else kp_driving


def _retarget(
    kp_driving: Keypoints,
    source: SourceFace,
    driving_openings: Openings | None,
    settings: TransferSettings,
    retargeter: Retargeter,
) -> Keypoints:
    """Eyes and lips by their opening; relative motion is dropped for it, as in the reference."""
    kp_source = source.motion.keypoints()
    own, wanted = _known(source.openings), _known(driving_openings)
    if settings.motion == "relative":
        kp_driving = kp_source
    if settings.eyes == "retargeted":
        kp_driving = kp_driving + eyes_as_driver(kp_source, own, wanted, retargeter)
    if settings.lips == "retargeted":
        kp_driving = kp_driving + lips_as_driver(kp_source, own, wanted, retargeter)
    return kp_driving


def _normalize(
    kp_driving: Keypoints, source: SourceFace, settings: TransferSettings, retargeter: Retargeter
) -> Keypoints:
    """Closed lips and steady eyes for the source itself, on top of the motion."""
    kp_source = source.motion.keypoints()
    if settings.lips == "normalized":
        kp_driving = kp_driving + closing_lips(kp_source, _known(source.openings), retargeter)
    if settings.eyes == "steadied":
        if source.steady_eye_ratio is None:
            raise SettingError("eyes='steadied' needs a source video; choose eyes='driven'.")
        own, ratio = _known(source.openings), source.steady_eye_ratio
        kp_driving = kp_driving + steadying_eyes(kp_source, own, ratio, retargeter)
    return kp_driving


def _known(openings: Openings | None) -> Openings:
    if openings is None:
        raise SettingError(
            "Lips or eyes by their opening need the ratios of source and driver, and one has none "
            "(a template without them, or motion without landmarks); choose lips='driven', eyes='driven'."
        )
    return openings
