"""One face of the source and the driver it follows, frame by frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch

from liveportrait.animator import AnimationState, Animator, Source, Step
from liveportrait.arrays import FrameRGB
from liveportrait.driving import openings_of
from liveportrait.errors import NoFaceError
from liveportrait.face.choice import FaceChoice
from liveportrait.face.cropping import crop_square, face_square
from liveportrait.face.following import FaceFollower
from liveportrait.face.square import Square
from liveportrait.face.tracker import FaceTracker
from liveportrait.media.background import read_ahead
from liveportrait.media.lengths import LengthPolicy, common_length, frame_at
from liveportrait.media.progress import Progress, reported
from liveportrait.media.protocol import FrameSource
from liveportrait.motion.anchor import AnchorChoice, choose_anchor
from liveportrait.motion.composition import SourceFace, compose, displacement_from
from liveportrait.motion.kalman import OBSERVATION_VARIANCE, smooth_motion
from liveportrait.motion.openings import Openings, concatenate_openings
from liveportrait.motion.regions import scope_of
from liveportrait.motion.retargeting import steady_eye_ratio
from liveportrait.motion.state import Motion, concatenate
from liveportrait.motion.transfer import transfer
from liveportrait.pixels import image_from_frame
from liveportrait.recording import Recording
from liveportrait.tensors import Keypoints


class Part(Protocol):
    """A face that is animated over a result."""

    def step(self, index: int, source_frame: FrameRGB, onto: FrameRGB) -> Step:
        """The face in frame `index` of the result, pasted into `onto`."""
        ...


class StillPart:
    """A face of one picture. It goes through `Animator.step`, as a live stream does."""

    def __init__(
        self, animator: Animator, source: Source, recording: Recording, *, anchor: AnchorChoice
    ) -> None:
        self._animator = animator
        self._source = source
        self._recording = recording
        self._state: AnimationState = animator.start(anchor=_anchor(animator, source, recording, anchor))

    def step(self, index: int, source_frame: FrameRGB, onto: FrameRGB) -> Step:
        return self._animator.step(
            self._source,
            self._recording.face_at(index),
            self._state,
            pts_seconds=float(self._recording.times[index].pts_seconds),
            onto=onto,
        )


class SourceTrack(NamedTuple):
    """A face of a source video over its frames; no pixels."""

    squares: tuple[Square | None, ...]
    """Where its crop lies; None where it is not seen."""
    rows: tuple[int | None, ...]
    motion: Motion
    openings: Openings | None

    @property
    def num_frames(self) -> int:
        return len(self.squares)


@torch.inference_mode()
def track_source(
    source: FrameSource, animator: Animator, *, face: FaceChoice, progress: Progress
) -> SourceTrack:
    """Follow a face through a source video and read its own motion.

    Raises:
        NoFaceError: when no frame shows it.
    """
    follower = FaceFollower(FaceTracker(animator.analyzer), choice=face)
    squares: list[Square | None] = []
    motions, openings = [], []
    for frame in reported(read_ahead(source), progress, total=source.info.num_frames):
        found = follower.update(frame.image)
        squares.append(None)
        if found is not None:
            squares[-1] = square = face_square(found.landmarks, config=animator.source_crop)
            motions.append(_motion_in(frame.image, square, animator))
            openings.append(openings_of(found.landmarks))
    if not motions:
        raise NoFaceError(f"No face was found in any of the {len(squares)} frames of the source video.")
    known = [item for item in openings if item is not None]
    device = animator.model.device
    return SourceTrack(
        squares=tuple(squares),
        rows=_numbered(squares),
        motion=concatenate(motions),
        openings=concatenate_openings(known).to(device) if len(known) == len(motions) else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VideoPart:
    """A face of a video. All keypoints are known before the first frame is drawn, so they can be smoothed."""

    animator: Animator
    track: SourceTrack
    places: tuple[int, ...]
    """Which frame of the source stands at each place of the result."""
    kp_driving: Keypoints
    """Of every place; where the source's face is not seen they are not used."""
    shown: tuple[bool, ...]
    """Whether the driver's face is drawn at each place."""

    def step(self, index: int, source_frame: FrameRGB, onto: FrameRGB) -> Step:
        place = self.places[index]
        row, square = self.track.rows[place], self.track.squares[place]
        kp_driving = self.kp_driving[index : index + 1]
        if row is None or square is None or not self.shown[index]:
            return Step(frame=onto.copy(), crop=None, motion=None, kp_driving=kp_driving)
        source = self.animator.prepare_at(
            source_frame,
            square,
            motion=self.track.motion[row],
            openings=None if self.track.openings is None else self.track.openings[row],
        )
        return self.animator.draw(source, kp_driving, onto=onto)


@torch.inference_mode()
def make_video_part(
    animator: Animator,
    track: SourceTrack,
    recording: Recording,
    *,
    anchor: AnchorChoice,
    lengths: LengthPolicy,
    smoothing: bool,
) -> VideoPart:
    """Work out the keypoints of all frames of the result."""
    num_frames = result_length(track.num_frames, recording, lengths)
    places = tuple(frame_at(index, track.num_frames, lengths) for index in range(num_frames))
    driving = [
        frame_at(index, recording.num_frames, "hold" if recording.is_still else lengths)
        for index in range(num_frames)
    ]
    head = _head_over(track, places)
    faces = [recording.face_near(index) for index in driving]
    led_by = concatenate([face.motion for face in faces])
    openings = [face.openings for face in faces if face.openings is not None]
    settings, space = animator.settings.transfer, animator.model.space
    zero = _anchor(animator, None, recording, anchor)
    if zero is None:
        zero = recording.face_near(0).motion
    moved = transfer(head.motion, led_by, zero, mode=settings.motion)
    if smoothing and not recording.is_still:
        moved = smooth_motion(moved, observation_variance=OBSERVATION_VARIANCE)
    scope = scope_of(settings.region, mode=settings.motion, source_kind="video", space=space)
    kp_driving = compose(
        head,
        moved,
        concatenate_openings(openings) if len(openings) == len(faces) else None,
        settings=settings,
        scope=scope,
        displacement=displacement_from(head, zero, settings=settings, scope=scope),
        retargeter=animator.model,
    )
    return VideoPart(
        animator=animator,
        track=track,
        places=places,
        kp_driving=kp_driving,
        shown=_shown(animator, recording, driving),
    )


def result_length(num_source: int, recording: Recording, lengths: LengthPolicy) -> int:
    """How many frames the animation of a source video has; one driving picture leads all of them."""
    if recording.is_still:
        return num_source
    return common_length(num_source, recording.num_frames, lengths)


def _anchor(
    animator: Animator, source: Source | None, recording: Recording, choice: AnchorChoice
) -> Motion | None:
    """The driver's zero; a single picture counts from the model's neutral expression."""
    if recording.is_still:
        driving = recording.face_near(0).motion
        kind = "video" if source is None else source.head.kind
        return animator.still_anchor(driving, source_kind=kind)
    index = choose_anchor(recording.motion, recording.openings, choice=_row_choice(recording, choice))
    return recording.motion[index]


def _row_choice(recording: Recording, choice: AnchorChoice) -> AnchorChoice:
    """A frame number as the number of its row in the motion."""
    if isinstance(choice, str):
        return choice
    row = recording.rows[choice] if 0 <= choice < recording.num_frames else None
    if row is None:
        raise NoFaceError(
            f"Frame {choice} was asked for as the anchor; of the driver's {recording.num_frames} frames "
            "choose one with a face, 'first' or 'auto'."
        )
    return row


def _head_over(track: SourceTrack, places: Sequence[int]) -> SourceFace:
    rows = torch.tensor([_row_near(track.rows, place) for place in places])
    pick = {name: getattr(track.motion, name)[rows] for name in Motion.__dataclass_fields__}
    openings = track.openings
    if openings is not None:
        openings = Openings(eyes=openings.eyes[rows], lips=openings.lips[rows])
    return SourceFace(
        motion=Motion(**pick),
        kind="video",
        openings=openings,
        steady_eye_ratio=None
        if track.openings is None
        else steady_eye_ratio(track.openings[0]).expand(len(places), 1),
    )


def _row_near(rows: Sequence[int | None], index: int) -> int:
    return next((row for row in reversed(rows[: index + 1]) if row is not None), 0)


def _shown(animator: Animator, recording: Recording, driving: Sequence[int]) -> tuple[bool, ...]:
    """Where the driver's face is missing a video either keeps the last expression or shows itself."""
    missing = [recording.rows[index] is None for index in driving]
    match animator.settings.no_face:
        case "raise" if any(missing):
            raise NoFaceError(
                f"No face is seen in driving frame {missing.index(True)}; choose another no_face policy."
            )
        case "pass_through":
            return tuple(not is_missing for is_missing in missing)
    return (True,) * len(missing)


def _motion_in(frame: FrameRGB, square: Square, animator: Animator) -> Motion:
    cut = crop_square(frame, square, size_px=animator.source_crop.size_px)
    view = cut.network_input(size_px=animator.model.preset.input_px)
    return animator.model.motion(image_from_frame(view, device=animator.model.device))


def _numbered(squares: Sequence[Square | None]) -> tuple[int | None, ...]:
    rows: list[int | None] = []
    for square in squares:
        rows.append(None if square is None else sum(row is not None for row in rows))
    return tuple(rows)
