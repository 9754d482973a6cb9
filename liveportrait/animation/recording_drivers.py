"""Reading a driver's motion off its frames."""

from collections.abc import Iterator
from typing import NamedTuple

import torch

from liveportrait.animation.phases import PhaseProgress
from liveportrait.animation.recording import FrameTime, Recording, time_of
from liveportrait.animation.settings import SquareChoice
from liveportrait.animation.sightings import sightings_of
from liveportrait.driving import DrivingReader, DrivingSettings
from liveportrait.errors import NoFaceError
from liveportrait.face.cropping import mean_square
from liveportrait.face.protocol import FaceAnalyzer
from liveportrait.face.square import Square
from liveportrait.media.background import read_ahead
from liveportrait.media.progress import reported
from liveportrait.media.protocol import FrameSource
from liveportrait.motion.composition import DrivingFace
from liveportrait.motion.openings import Openings, concatenate_openings
from liveportrait.motion.state import concatenate
from liveportrait.portrait_model import PortraitModel


class _Seen(NamedTuple):
    """What is kept of a frame."""

    time: FrameTime
    face: DrivingFace | None


@torch.inference_mode()
def record_driver(
    source: FrameSource,
    model: PortraitModel,
    analyzer: FaceAnalyzer,
    *,
    settings: DrivingSettings | None = None,
    square: SquareChoice = "mean",
    progress: PhaseProgress,
) -> Recording:
    """Read a driver's motion; memory grows by numbers only.

    Raises:
        NoFaceError: when no frame shows a face.
    """
    settings = settings or DrivingSettings()
    reader = DrivingReader(model, analyzer, settings)
    if square == "first" or settings.view == "whole":
        seen = list(_read_on_the_way(source, reader, progress))
    else:
        seen = list(_read_in_mean_square(source, reader, progress))
    faces = [frame.face for frame in seen if frame.face is not None]
    if not faces:
        raise NoFaceError(f"No face was found in any of the {len(seen)} driving frames; take another driver.")
    openings = [face.openings for face in faces if face.openings is not None]
    return Recording(
        info=source.info,
        times=tuple(frame.time for frame in seen),
        sightings=sightings_of(frame.face is not None for frame in seen),
        motion=concatenate([face.motion for face in faces]),
        openings=concatenate_openings(openings) if len(openings) == len(faces) else None,
    )


def _read_on_the_way(source: FrameSource, reader: DrivingReader, progress: PhaseProgress) -> Iterator[_Seen]:
    """One pass: every frame is read where the first face stood."""
    total = source.info.num_frames
    for frame in reported(read_ahead(source), progress("reading the driver"), total=total):
        yield _Seen(time_of(frame), reader.read(frame.image))


def _read_in_mean_square(
    source: FrameSource, reader: DrivingReader, progress: PhaseProgress
) -> Iterator[_Seen]:
    """Two passes: the first tells where the face is, the second reads all frames in one square."""
    places = list(_places(source, reader, progress))
    squares = [place.square for place in places if place is not None]
    square = mean_square(squares) if squares else None
    frames = reported(read_ahead(source), progress("reading the driver"), total=len(places))
    for frame, place in zip(frames, places, strict=False):
        face = None
        if square is not None and place is not None:
            face = DrivingFace(motion=reader.motion_in(frame.image, square), openings=place.openings)
        yield _Seen(time_of(frame), face)


class _Place(NamedTuple):
    """Where a face is, and how far it is open: what the first pass keeps."""

    square: Square
    openings: Openings | None


def _places(source: FrameSource, reader: DrivingReader, progress: PhaseProgress) -> Iterator[_Place | None]:
    total = source.info.num_frames
    for frame in reported(read_ahead(source), progress("finding the driver"), total=total):
        face = reader.find(frame.image)
        if face is None:
            yield None
        else:
            yield _Place(reader.square_of(frame.image, face), reader.openings_of(face))
