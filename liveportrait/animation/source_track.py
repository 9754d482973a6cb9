"""A face of a source video over its frames: where it is and what it does by itself."""

from dataclasses import dataclass

import torch

from liveportrait.animation.phases import PhaseProgress
from liveportrait.animation.recording import FrameTime, time_of
from liveportrait.animation.settings import SourceFaceChoice
from liveportrait.animation.sightings import Sighting, sightings_of
from liveportrait.animator import Animator
from liveportrait.arrays import FrameRGB
from liveportrait.driving import openings_of
from liveportrait.errors import NoFaceError
from liveportrait.face.cropping import face_square
from liveportrait.face.following import FaceFollower
from liveportrait.face.square import Square
from liveportrait.face.tracker import FaceTracker
from liveportrait.media.background import read_ahead
from liveportrait.media.progress import reported
from liveportrait.media.protocol import FrameSource
from liveportrait.motion.openings import Openings, concatenate_openings
from liveportrait.motion.state import Motion, concatenate
from liveportrait.pixels import image_from_frame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SourceTrack:
    """No pixels: numbers only, one row for every frame with the face."""

    times: tuple[FrameTime, ...]
    """Of all frames."""
    sightings: tuple[Sighting, ...]
    squares: tuple[Square, ...]
    """Where the crop lies."""
    motion: Motion
    openings: Openings | None

    @property
    def num_frames(self) -> int:
        return len(self.sightings)


@torch.inference_mode()
def track_source(
    source: FrameSource, animator: Animator, *, face: SourceFaceChoice, progress: PhaseProgress
) -> SourceTrack:
    """Follow a face through a source video.

    Raises:
        NoFaceError: when no frame shows it.
    """
    follower = FaceFollower(FaceTracker(animator.analyzer), choice=face)
    times: list[FrameTime] = []
    seen: list[bool] = []
    squares: list[Square] = []
    motions: list[Motion] = []
    openings: list[Openings] = []
    total = source.info.num_frames
    for frame in reported(read_ahead(source), progress("following the source"), total=total):
        found = follower.update(frame.image)
        times.append(time_of(frame))
        seen.append(found is not None)
        if found is not None:
            squares.append(face_square(found.landmarks, config=animator.source_crop))
            motions.append(_motion_in(frame.image, squares[-1], animator))
            opening = openings_of(found.landmarks)
            openings += [] if opening is None else [opening]
    if not motions:
        raise NoFaceError(f"The face was not found in any of the {len(seen)} frames of the source video.")
    return SourceTrack(
        times=tuple(times),
        sightings=sightings_of(seen),
        squares=tuple(squares),
        motion=concatenate(motions),
        openings=concatenate_openings(openings).to(animator.model.device)
        if len(openings) == len(motions)
        else None,
    )


def _motion_in(frame: FrameRGB, square: Square, animator: Animator) -> Motion:
    view = animator.cut(frame, square).network_input(size_px=animator.model.preset.input_px)
    return animator.model.motion(image_from_frame(view, device=animator.model.device))
