"""One face of the source and the driver it follows, frame by frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from liveportrait.animation.anchoring import anchor_for
from liveportrait.animation.recording import Recording
from liveportrait.animation.source_track import SourceTrack
from liveportrait.animator import Animator
from liveportrait.arrays import BoxXYXY, FrameRGB
from liveportrait.face.square import Square
from liveportrait.media.alpha import USUAL_BACKGROUND_RGB, as_seen
from liveportrait.media.protocol import Frame
from liveportrait.motion.anchor import AnchorChoice
from liveportrait.motion.state import Motion
from liveportrait.stepping import AnimationState, Source, Step


@runtime_checkable
class Part(Protocol):
    """A face that is animated over a result."""

    def prepare(self, frame: Frame) -> Source | None:
        """The face in the source's picture, ready to be drawn; None where it is not.

        `frame` has the result's index and time. Depends on nothing that `step` does, so that it may be
        called some frames ahead, in another thread.
        """
        ...

    def step(self, frame: Frame, source: Source | None, onto: FrameRGB) -> Step:
        """What was prepared of the frame, drawn as the driver has it and pasted into `onto`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StillPart:
    """A face of one picture. It goes through `Animator.step`, as a live stream does."""

    animator: Animator
    source: Source
    recording: Recording
    driving: Sequence[int]
    """Which frame of the driver leads at each place of the result."""
    state: AnimationState

    def prepare(self, frame: Frame) -> Source:
        return self.source

    def step(self, frame: Frame, source: Source | None, onto: FrameRGB) -> Step:
        face = self.recording.face_at(self.driving[frame.index])
        return self.animator.step(
            self.source, face, self.state, pts_seconds=float(frame.pts_seconds), onto=onto
        )


def make_still_part(
    animator: Animator,
    source: Source,
    recording: Recording,
    *,
    driving: Sequence[int],
    anchor: AnchorChoice,
) -> StillPart:
    """The part at its first frame."""
    zero = anchor_for(animator, recording, anchor, source_kind=source.head.kind)
    state = animator.start(anchor=zero)
    return StillPart(animator=animator, source=source, recording=recording, driving=driving, state=state)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrackedFace:
    """A face of a source video at the places of a result."""

    animator: Animator
    track: SourceTrack
    places: Sequence[int]
    """Which frame of the source stands at each place."""
    background_rgb: tuple[int, int, int] = USUAL_BACKGROUND_RGB
    """What is seen where the source is transparent."""

    def source_at(self, frame: Frame) -> Source | None:
        """The face, prepared; None where it is not seen."""
        row = self.track.sightings[self.places[frame.index]].row
        if row is None:
            return None
        return self.animator.prepare_at(
            self._seen(frame),
            self.track.squares[row],
            motion=self.track.motion[row],
            openings=None if self.track.openings is None else self.track.openings[row],
        )

    def nearest_motion(self) -> Motion:
        """Its own motion at all places; where it is not seen, that of the nearest frame."""
        return self.track.motion.take(self.nearest_rows())

    def nearest_rows(self) -> list[int]:
        return [self.track.sightings[place].nearest_row for place in self.places]

    def untouched(self, frame: Frame, onto: FrameRGB) -> Step:
        """The frame as it is, for places where the face is not seen."""
        row = self.track.sightings[self.places[frame.index]].nearest_row
        square = self.track.squares[row]
        return Step(
            frame=onto.copy(),
            crop=self.animator.cut(self._seen(frame), square).image,
            box_xyxy=_box_around(square),
            motion=None,
            kp_driving=self.track.motion[row].keypoints(),
        )

    def _seen(self, frame: Frame) -> FrameRGB:
        return as_seen(frame, background_rgb=self.background_rgb)


def _box_around(square: Square) -> BoxXYXY:
    corners = square.corners()
    return np.concatenate([corners.min(axis=0), corners.max(axis=0)]).astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VideoPart:
    """A face of a video that goes through `Animator.step`, as a live stream of sources does."""

    face: TrackedFace
    recording: Recording
    driving: Sequence[int]
    state: AnimationState

    def prepare(self, frame: Frame) -> Source | None:
        return self.face.source_at(frame)

    def step(self, frame: Frame, source: Source | None, onto: FrameRGB) -> Step:
        if source is None:
            return self.face.untouched(frame, onto)
        return self.face.animator.step(
            source,
            self.recording.face_at(self.driving[frame.index]),
            self.state,
            pts_seconds=float(frame.pts_seconds),
            onto=onto,
        )


def make_video_part(
    face: TrackedFace, recording: Recording, *, driving: Sequence[int], anchor: AnchorChoice
) -> VideoPart:
    """The part at its first frame."""
    zero = anchor_for(face.animator, recording, anchor, source_kind="video")
    state = face.animator.start(anchor=zero)
    return VideoPart(face=face, recording=recording, driving=driving, state=state)
