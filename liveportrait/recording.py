"""What a driver does over all its frames: motion and times, no pixels."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, NamedTuple

import torch

from liveportrait.driving import DrivingReader, DrivingSettings, openings_of
from liveportrait.errors import NoFaceError
from liveportrait.face.cropping import mean_square
from liveportrait.face.protocol import FaceAnalyzer
from liveportrait.face.square import Square
from liveportrait.media.background import read_ahead
from liveportrait.media.progress import Progress, reported
from liveportrait.media.protocol import Frame, FrameSource, VideoInfo
from liveportrait.motion.composition import DrivingFace
from liveportrait.motion.kalman import smooth_motion
from liveportrait.motion.openings import Openings, concatenate_openings
from liveportrait.motion.settings import TransferSettings
from liveportrait.motion.state import Motion, concatenate
from liveportrait.motion.template import MotionTemplate, fit_to_model
from liveportrait.pixels import image_from_frame
from liveportrait.portrait_model import PortraitModel

SquareChoice = Literal["mean", "first"]
"""The square that a driver's motion is read from: the mean over the video, as in the reference, which
takes a pass of its own, or that of the first frame with a face, as in a live stream."""


class FrameTime(NamedTuple):
    """When a frame appears, and for how long."""

    pts_seconds: Fraction
    duration_seconds: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recording:
    """The motion of one driver."""

    info: VideoInfo
    times: tuple[FrameTime, ...]
    rows: tuple[int | None, ...]
    """Which row of `motion` belongs to each frame; None where no face was seen."""
    motion: Motion
    openings: Openings | None

    @property
    def num_frames(self) -> int:
        return len(self.times)

    @property
    def is_still(self) -> bool:
        return self.num_frames == 1

    def face_at(self, index: int) -> DrivingFace | None:
        """What the driver does in a frame; None where its face is not seen."""
        row = self.rows[index]
        return None if row is None else self._face(row)

    def face_near(self, index: int) -> DrivingFace:
        """The same, with the last face seen where none is, or the first to come."""
        before = next((row for row in reversed(self.rows[: index + 1]) if row is not None), 0)
        return self._face(before)

    def smoothed(self, *, observation_variance: float) -> "Recording":
        """The motion calmed by what comes before and after."""
        return replace(self, motion=smooth_motion(self.motion, observation_variance=observation_variance))

    def as_template(self, *, model_id: str, note: str = "") -> MotionTemplate:
        """A motion template; frames without a face take the motion of the last one with a face."""
        faces = [self.face_near(index) for index in range(self.num_frames)]
        openings = [face.openings for face in faces if face.openings is not None]
        return MotionTemplate(
            model_id=model_id,
            fps=self.info.fps,
            motion=concatenate([face.motion for face in faces]),
            openings=concatenate_openings(openings) if len(openings) == len(faces) else None,
            note=note,
        )

    def _face(self, row: int) -> DrivingFace:
        return DrivingFace(
            motion=self.motion[row], openings=None if self.openings is None else self.openings[row]
        )


@torch.inference_mode()
def record_driver(
    source: FrameSource,
    model: PortraitModel,
    analyzer: FaceAnalyzer,
    *,
    settings: DrivingSettings | None = None,
    square: SquareChoice = "mean",
    progress: Progress,
) -> Recording:
    """Read a driver's motion; memory grows by numbers only.

    Raises:
        NoFaceError: when no frame shows a face.
    """
    settings = settings or DrivingSettings()
    reader = DrivingReader(model, analyzer, settings)
    seen = list(_seen(source, reader, progress))
    squares = [view.square for view in seen if view.square is not None]
    if not squares:
        raise NoFaceError(f"No face was found in any of the {len(seen)} driving frames; take another driver.")
    chosen = squares[0] if square == "first" or settings.view == "whole" else mean_square(squares)
    motions = list(_motions(source, seen, chosen, model))
    openings = [view.openings for view in seen if view.openings is not None]
    return Recording(
        info=source.info,
        times=tuple(view.time for view in seen),
        rows=_rows(seen),
        motion=concatenate(motions),
        openings=concatenate_openings(openings).to(model.device) if len(openings) == len(motions) else None,
    )


def recording_of_template(
    template: MotionTemplate, model: PortraitModel, settings: TransferSettings
) -> Recording:
    """A template as if it had just been read from its driver."""
    fitted = fit_to_model(template, model.space, settings=settings)
    step = 1 / fitted.fps
    return Recording(
        info=VideoInfo(size_wh=(0, 0), fps=fitted.fps, time_base=step, num_frames=fitted.num_frames),
        times=tuple(FrameTime(index * step, step) for index in range(fitted.num_frames)),
        rows=tuple(range(fitted.num_frames)),
        motion=fitted.motion.to(model.device),
        openings=None if fitted.openings is None else fitted.openings.to(model.device),
    )


class _View(NamedTuple):
    """What the first pass keeps of a frame."""

    time: FrameTime
    square: Square | None
    openings: Openings | None


def _seen(source: FrameSource, reader: DrivingReader, progress: Progress) -> Iterator[_View]:
    for frame in reported(read_ahead(source), progress, total=source.info.num_frames):
        time = FrameTime(frame.pts_seconds, frame.duration_seconds)
        face = reader.find(frame.image)
        if face is None:
            yield _View(time, None, None)
        else:
            yield _View(time, reader.square_of(frame.image, face), openings_of(face.landmarks))


def _motions(
    source: FrameSource, seen: list[_View], square: Square, model: PortraitModel
) -> Iterator[Motion]:
    frames: Iterator[Frame] = read_ahead(source)
    for frame, view in zip(frames, seen, strict=False):
        if view.square is not None:
            cut = square.cut(frame.image, size_px=model.preset.input_px)
            yield model.motion(image_from_frame(cut, device=model.device))


def _rows(seen: list[_View]) -> tuple[int | None, ...]:
    rows: list[int | None] = []
    num_faces = 0
    for view in seen:
        rows.append(None if view.square is None else num_faces)
        num_faces += view.square is not None
    return tuple(rows)
