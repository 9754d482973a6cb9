"""All parts of an animation over all of its frames."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal, NamedTuple

from liveportrait.animation.offline_part import make_offline_part
from liveportrait.animation.parts import Part, TrackedFace, make_still_part, make_video_part
from liveportrait.animation.phases import PhaseProgress
from liveportrait.animation.recording import Recording
from liveportrait.animation.settings import FileSettings, Role
from liveportrait.animation.source_track import track_source
from liveportrait.animator import Animator
from liveportrait.arrays import BoxXYXY
from liveportrait.face.boxes import box_around
from liveportrait.media.background import read_ahead
from liveportrait.media.extension import extended
from liveportrait.media.lengths import LengthPolicy, common_length, frame_at
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
    num_frames = _length_of_all([one.num_frames for one in moving], settings.lengths)
    times = next(one.times for one in moving if one.num_frames == num_frames)
    if settings.smoothing == "offline":
        recordings = [one.smoothed(observation_variance=settings.smoothing_variance) for one in recordings]
    parts = [
        make_still_part(
            animator,
            animator.prepare(still.image, face=role.face),
            recording,
            driving=_driving_order(recording, num_frames, settings.lengths),
            anchor=settings.anchor,
        )
        for role, recording in zip(roles, recordings, strict=True)
    ]
    frames = (replace(still, index=index, **time._asdict()) for index, time in enumerate(times))
    return Show(num_frames=num_frames, source_frames=frames, parts=tuple(parts), result=settings.result)


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
    tracks = [track_source(portrait, animator, face=role.face, progress=progress) for role in roles]
    moving = [one.num_frames for one in recordings if not one.is_still]
    num_frames = _length_of_all([tracks[0].num_frames, *moving], settings.lengths)
    parts: list[Part] = []
    for track, recording in zip(tracks, recordings, strict=True):
        places = [frame_at(index, track.num_frames, settings.lengths) for index in range(num_frames)]
        face = TrackedFace(animator=animator, track=track, places=places)
        driving = _driving_order(recording, num_frames, settings.lengths)
        parts.append(_video_part(face, recording, driving, settings))
    frames = read_ahead(extended(portrait, num_frames=num_frames, policy=settings.lengths))
    return Show(num_frames=num_frames, source_frames=frames, parts=tuple(parts), result=settings.result)


def driving_policy(*, is_still: bool, lengths: LengthPolicy) -> LengthPolicy:
    """A single driving picture leads for as long as there are frames."""
    return "hold" if is_still else lengths


def _length_of_all(lengths: Sequence[int], policy: LengthPolicy) -> int:
    return reduce(lambda first, second: common_length(first, second, policy), lengths)


def _driving_order(recording: Recording, num_frames: int, lengths: LengthPolicy) -> list[int]:
    policy = driving_policy(is_still=recording.is_still, lengths=lengths)
    return [frame_at(index, recording.num_frames, policy) for index in range(num_frames)]


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
