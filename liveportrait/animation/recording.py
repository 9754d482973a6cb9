"""What a driver does over all its frames: motion and times, no pixels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

from liveportrait.animation.sightings import Sighting, sightings_of
from liveportrait.media.protocol import Frame, VideoInfo
from liveportrait.motion.composition import DrivingFace
from liveportrait.motion.kalman import smooth_motion
from liveportrait.motion.openings import Openings
from liveportrait.motion.settings import TransferSettings
from liveportrait.motion.space import ExpressionSpace
from liveportrait.motion.state import Motion
from liveportrait.motion.template import MotionTemplate, fit_to_model


class FrameTime(NamedTuple):
    """When a frame appears, and for how long."""

    pts_seconds: Fraction
    duration_seconds: Fraction | None


def time_of(frame: Frame) -> FrameTime:
    """Of a picture."""
    return FrameTime(frame.pts_seconds, frame.duration_seconds)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recording:
    """The motion of one driver."""

    info: VideoInfo
    times: tuple[FrameTime, ...]
    sightings: tuple[Sighting, ...]
    motion: Motion
    """One row for every frame with a face."""
    openings: Openings | None

    @property
    def num_frames(self) -> int:
        return len(self.times)

    @property
    def is_still(self) -> bool:
        return self.num_frames == 1

    def face_at(self, index: int) -> DrivingFace | None:
        """What the driver does in a frame; None where its face is not seen."""
        row = self.sightings[index].row
        if row is None:
            return None
        openings = None if self.openings is None else self.openings[row]
        return DrivingFace(motion=self.motion[row], openings=openings)

    def faces_near(self, indices: Sequence[int]) -> DrivingFace:
        """The same over many frames, with the last face seen where none is, or the first to come."""
        rows = [self.sightings[index].nearest_row for index in indices]
        openings = None if self.openings is None else self.openings.take(rows)
        return DrivingFace(motion=self.motion.take(rows), openings=openings)

    def smoothed(self, *, observation_variance: float) -> "Recording":
        """The motion calmed by what comes before and after."""
        return replace(self, motion=smooth_motion(self.motion, observation_variance=observation_variance))

    def as_template(self, *, model_id: str, note: str = "") -> MotionTemplate:
        """A motion template; frames without a face take the motion of the last one with a face."""
        faces = self.faces_near(range(self.num_frames))
        return MotionTemplate(
            model_id=model_id,
            fps=self.info.fps,
            motion=faces.motion,
            openings=faces.openings,
            note=note,
        )


def recording_of_template(
    template: MotionTemplate, space: ExpressionSpace, *, settings: TransferSettings
) -> Recording:
    """A template as if it had just been read from its driver."""
    fitted = fit_to_model(template, space, settings=settings)
    device, step = space.neutral_expression.device, 1 / fitted.fps
    return Recording(
        info=template_info(fitted),
        times=tuple(FrameTime(index * step, step) for index in range(fitted.num_frames)),
        sightings=sightings_of([True] * fitted.num_frames),
        motion=fitted.motion.to(device),
        openings=None if fitted.openings is None else fitted.openings.to(device),
    )


def template_info(template: MotionTemplate) -> VideoInfo:
    """What a video of it would say; it has no pictures, and so no size."""
    return VideoInfo(
        size_wh=(0, 0), fps=template.fps, time_base=1 / template.fps, num_frames=template.num_frames
    )
