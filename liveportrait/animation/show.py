"""All parts of an animation over all of its frames."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, NamedTuple

from liveportrait.animation.offline_part import make_offline_part
from liveportrait.animation.parts import Part, TrackedFace, make_still_part, make_video_part
from liveportrait.animation.phases import PhaseProgress
from liveportrait.animation.recording import Recording
from liveportrait.animation.settings import FileSettings, Role
from liveportrait.animation.source_track import track_source
from liveportrait.animation.timeline import Timeline
from liveportrait.animator import Animator
from liveportrait.arrays import BoxXYXY
from liveportrait.face.boxes import box_around
from liveportrait.media.alpha import SeenSource, as_seen
from liveportrait.media.background import read_ahead
from liveportrait.media.extension import extended
from liveportrait.media.lengths import LengthPolicy, frame_at
from liveportrait.media.protocol import Frame, SeekableSource
from liveportrait.stepping import Source

PREPARED_DEPTH = 2
"""Frames whose faces are prepared and not drawn yet."""


class Drawn(NamedTuple):
    """One frame of a result and the source's frame that it was made of, both at the result's time."""

    result: Frame
    source: Frame
    box_xyxy: BoxXYXY
    """Around all faces that are animated."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Show:
    """Ready to be drawn, once."""

    num_frames: int
    source_frames: Iterator[Frame]
    """The source's pictures with the times of the result."""
    parts: tuple[Part, ...]
    leading: Sequence[int]
    """Which frame of the first driver leads at each place, counted on where it goes on beyond its end."""
    result: Literal["frame", "crop"]

    def frames(self) -> Iterator[Drawn]:
        """The result, in order; while one frame is drawn, the faces of the next one are prepared."""
        for frame, sources in read_ahead(self._prepared(), depth=PREPARED_DEPTH):
            image, boxes = frame.image, []
            for part, source in zip(self.parts, sources, strict=True):
                step = part.step(frame, source, image)
                boxes.append(step.box_xyxy)
                image = step.frame if self.result == "frame" else step.crop
            alpha = frame.alpha if self.result == "frame" else None
            yield Drawn(replace(frame, image=image, alpha=alpha), frame, box_around(boxes))

    def _prepared(self) -> Iterator[tuple[Frame, list[Source | None]]]:
        for frame in self.source_frames:
            yield frame, [part.prepare(frame) for part in self.parts]


def stage_still(
    animator: Animator,
    still: Frame,
    roles: Sequence[Role],
    recordings: Sequence[Recording],
    settings: FileSettings,
) -> Show:
    """A picture follows its drivers; the result has their times."""
    moving = [one for one in recordings if not one.is_still] or recordings
    last_to_go = min if settings.lengths == "cut" else max
    lead = last_to_go(moving, key=lambda one: _timeline(one).end_seconds)
    moments = [time.pts_seconds for time in lead.times]
    orders = [
        list(range(lead.num_frames)) if one is lead else _order_at(moments, one, settings.lengths)
        for one in recordings
    ]
    if settings.smoothing == "offline":
        recordings = [one.smoothed(observation_variance=settings.smoothing_variance) for one in recordings]
    picture = as_seen(still, background_rgb=settings.sink.background_rgb)
    parts = [
        make_still_part(
            animator,
            animator.prepare(picture, face=role.face),
            recording,
            driving=_frames_at(order, recording, settings.lengths),
            anchor=settings.anchor,
        )
        for role, recording, order in zip(roles, recordings, orders, strict=True)
    ]
    frames = (replace(still, index=index, **time._asdict()) for index, time in enumerate(lead.times))
    return Show(
        num_frames=lead.num_frames,
        source_frames=frames,
        parts=tuple(parts),
        leading=orders[0],
        result=settings.result,
    )


def stage_video(
    animator: Animator,
    portrait: SeekableSource,
    roles: Sequence[Role],
    recordings: Sequence[Recording],
    settings: FileSettings,
    *,
    progress: PhaseProgress,
) -> Show:
    """A video follows its drivers; the result has its own times."""
    background_rgb = settings.sink.background_rgb
    seen = SeenSource(portrait, background_rgb=background_rgb)
    tracks = [track_source(seen, animator, face=role.face, progress=progress) for role in roles]
    source = Timeline(times=tracks[0].times, step=1 / portrait.info.fps)
    ends = [_timeline(one).end_seconds for one in recordings if not one.is_still]
    last_to_go = min if settings.lengths == "cut" else max
    moments = source.moments_before(last_to_go([source.end_seconds, *ends]), settings.lengths)
    num_frames, orders = len(moments), [_order_at(moments, one, settings.lengths) for one in recordings]
    parts: list[Part] = []
    for track, recording, order in zip(tracks, recordings, orders, strict=True):
        places = [frame_at(index, track.num_frames, settings.lengths) for index in range(num_frames)]
        face = TrackedFace(animator=animator, track=track, places=places, background_rgb=background_rgb)
        driving = _frames_at(order, recording, settings.lengths)
        parts.append(_video_part(face, recording, driving, settings))
    frames = read_ahead(extended(portrait, num_frames=num_frames, policy=settings.lengths))
    return Show(
        num_frames=num_frames,
        source_frames=frames,
        parts=tuple(parts),
        leading=orders[0],
        result=settings.result,
    )


def driving_policy(*, is_still: bool, lengths: LengthPolicy) -> LengthPolicy:
    """A single driving picture leads for as long as there are frames."""
    return "hold" if is_still else lengths


def _timeline(recording: Recording) -> Timeline:
    return Timeline(times=recording.times, step=1 / recording.info.fps)


def _order_at(moments: Sequence[Fraction], recording: Recording, lengths: LengthPolicy) -> list[int]:
    """Where the driver is at each moment, counted on beyond its end."""
    if recording.is_still:
        return [0] * len(moments)
    return _timeline(recording).positions_at(moments, lengths)


def _frames_at(order: Sequence[int], recording: Recording, lengths: LengthPolicy) -> list[int]:
    policy = driving_policy(is_still=recording.is_still, lengths=lengths)
    return [frame_at(position, recording.num_frames, policy) for position in order]


def _video_part(
    face: TrackedFace, recording: Recording, driving: Sequence[int], settings: FileSettings
) -> Part:
    is_live = face.animator.settings.smoothing == "live"
    if settings.smoothing == "none" or is_live:
        return make_video_part(face, recording, driving=driving, anchor=settings.anchor)
    return make_offline_part(
        face,
        recording,
        driving=driving,
        anchor=settings.anchor,
        smoothing_variance=settings.smoothing_variance,
    )
