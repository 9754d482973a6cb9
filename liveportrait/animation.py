"""Files in, a file out: a picture or video of a face, led by another, a template, or several drivers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from liveportrait.animation_parts import (
    Part,
    StillPart,
    make_video_part,
    result_length,
    track_source,
)
from liveportrait.animator import Animator
from liveportrait.arrays import FrameRGB
from liveportrait.errors import MediaError, NoFaceError, SettingError
from liveportrait.face.choice import FaceChoice
from liveportrait.face.protocol import Face
from liveportrait.media.background import BackgroundSink, read_ahead
from liveportrait.media.lengths import LengthPolicy
from liveportrait.media.opening import open_sink, open_source
from liveportrait.media.ordering import frames_in_order
from liveportrait.media.panels import side_by_side
from liveportrait.media.progress import Progress, silent
from liveportrait.media.protocol import Frame, SeekableSource, VideoInfo
from liveportrait.media.settings import SinkSettings
from liveportrait.motion.anchor import AnchorChoice
from liveportrait.motion.kalman import OBSERVATION_VARIANCE
from liveportrait.motion.released_template import load_released_template
from liveportrait.motion.template import MotionTemplate
from liveportrait.motion.template_file import load_template
from liveportrait.recording import Recording, SquareChoice, record_driver, recording_of_template

TEMPLATE_SUFFIXES = (".safetensors", ".pkl")

SourceFaces = FaceChoice | Face | Literal["all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A face of the source and who leads it."""

    driving: Path
    face: FaceChoice | Face
    driving_face: FaceChoice | None = None
    """Of several faces in the driving frames; None takes that of the animator's settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSettings:
    """What is decided where files are animated, beside how the portrait moves."""

    anchor: AnchorChoice = "auto"
    """Which driving frame counts as zero; `first` is the reference's choice."""
    driving_square: SquareChoice = "mean"
    smoothing: Literal["auto", "offline", "none"] = "auto"
    """`offline` calms the motion by what comes before and after; `auto` does so for source videos,
    as the reference does."""
    smoothing_variance: float = OBSERVATION_VARIANCE
    """How far a driver's own motion may be off; larger is calmer. For picture sources."""
    lengths: LengthPolicy = "cut"
    """Where source video and driver differ in length."""
    result: Literal["frame", "crop"] = "frame"
    """The source's frame with the face pasted back, or the animated crop alone."""
    panels: Literal["result", "side_by_side"] = "result"
    """The result alone, or driver, source and result beside each other."""
    sink: SinkSettings = SinkSettings()


class Moment(NamedTuple):
    """One frame of a result with what it came from."""

    result: Frame
    source: FrameRGB
    driving: FrameRGB | None
    """Of the first driver; None for templates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnimationReport:
    """What was made."""

    output: Path
    num_frames: int
    num_faces: int
    frames_without_driving_face: int


def animate_file(
    animator: Animator,
    source: Path,
    roles: Sequence[Role],
    output: Path,
    *,
    settings: FileSettings | None = None,
    progress: Progress = silent,
    watch: "Watcher | None" = None,
) -> AnimationReport:
    """Animate a picture or a video and write the result; nothing half-written stays behind.

    Args:
        roles: Who leads which face; `roles_of` makes them for one driver.
        progress: Told after every frame; it may raise `CancelledError` to stop.
        watch: Sees every frame with what it came from, for sheets and previews.
    """
    settings = settings or FileSettings()
    _check_paths(source, roles, output)
    with open_source(source) as portrait:
        recordings = [_recording(animator, role, settings, progress) for role in roles]
        show = _Show(animator, portrait, recordings, roles, settings, progress)
        show.shows_driver = watch is not None or settings.panels == "side_by_side"
        sound = _sound(source, roles, portrait.info)
        sink = open_sink(output, like=show.info, settings=settings.sink, audio_from=sound)
        with BackgroundSink(sink) as target:
            for done, moment in enumerate(show.moments(), start=1):
                target.write(_panelled(moment, settings))
                if watch is not None:
                    watch.see(moment, done - 1, show.num_frames)
                progress(done, show.num_frames)
    missing = sum(row is None for row in recordings[0].rows)
    return AnimationReport(
        output=output,
        num_frames=show.num_frames,
        num_faces=len(roles),
        frames_without_driving_face=missing,
    )


class Watcher(Protocol):
    """Sees an animation pass by."""

    def see(self, moment: Moment, index: int, num_frames: int) -> None:
        """Called once a frame, in order."""
        ...


def roles_of(animator: Animator, source: Path, driving: Path, faces: SourceFaces) -> tuple[Role, ...]:
    """One driver for one face, or for all faces of the source's first frame that shows some."""
    if not (isinstance(faces, str) and faces == "all"):
        return (Role(driving=driving, face=faces),)
    with open_source(source) as portrait:
        for frame in islice(portrait, 100):
            found = animator.analyzer.detect(frame.image)
            if found:
                return tuple(Role(driving=driving, face=index) for index in range(len(found)))
    raise NoFaceError(f"{source}: no face was found in it, so there is none to animate.")


def read_template(path: Path) -> MotionTemplate:
    """A motion template of ours, or one that the reference implementation wrote (.pkl)."""
    return load_released_template(path) if path.suffix.lower() == ".pkl" else load_template(path)


class _Show:
    """All parts over all frames."""

    def __init__(
        self,
        animator: Animator,
        portrait: SeekableSource,
        recordings: Sequence[Recording],
        roles: Sequence[Role],
        settings: FileSettings,
        progress: Progress,
    ) -> None:
        self.shows_driver = False
        """Whether the driver's pictures are wanted again, beside the result."""
        self._settings = settings
        self._portrait = portrait
        self._recordings = recordings
        self._driving = roles[0].driving
        self._still = _first_of_still(portrait)
        if self._still is None:
            self._make_video_parts(animator, roles, progress)
        else:
            self._make_still_parts(animator, roles, self._still)

    def moments(self) -> Iterator[Moment]:
        """The result, frame by frame."""
        sources, drivers = self._source_frames(), self._driving_frames()
        for index in range(self.num_frames):
            frame = next(sources)
            image = onto = frame.image
            for part in self.parts:
                step = part.step(index, frame.image, onto)
                onto = step.frame
                image = onto if self._settings.result == "frame" or step.crop is None else step.crop
            yield Moment(self._timed(index, image, frame), frame.image, next(drivers, None))

    def _make_still_parts(self, animator: Animator, roles: Sequence[Role], still: Frame) -> None:
        self.num_frames = min(recording.num_frames for recording in self._recordings)
        first = self._recordings[0].info
        self.info = replace(first, size_wh=(still.image.shape[1], still.image.shape[0]), rotation_deg=0)
        offline = self._settings.smoothing == "offline"
        variance = self._settings.smoothing_variance
        self.parts: list[Part] = [
            StillPart(
                animator,
                animator.prepare(still.image, face=role.face),
                recording.smoothed(observation_variance=variance) if offline else recording,
                anchor=self._settings.anchor,
            )
            for role, recording in zip(roles, self._recordings, strict=True)
        ]

    def _make_video_parts(self, animator: Animator, roles: Sequence[Role], progress: Progress) -> None:
        lengths, parts = self._settings.lengths, []
        for role, recording in zip(roles, self._recordings, strict=True):
            if isinstance(role.face, Face):
                raise SettingError("A source video takes a choice of face, not one given by hand.")
            track = track_source(self._portrait, animator, face=role.face, progress=progress)
            parts.append(
                make_video_part(
                    animator,
                    track,
                    recording,
                    anchor=self._settings.anchor,
                    lengths=lengths,
                    smoothing=self._settings.smoothing != "none",
                )
            )
        self.parts = list(parts)
        self._num_source_frames = track.num_frames
        self.num_frames = min(
            result_length(track.num_frames, recording, lengths) for recording in self._recordings
        )
        self.info = replace(self._portrait.info, num_frames=self.num_frames)

    def _source_frames(self) -> Iterator[Frame]:
        if self._still is None:
            return read_ahead(
                frames_in_order(self._portrait, self._num_source_frames, self._settings.lengths)
            )
        return iter(lambda: self._still, None)

    def _driving_frames(self) -> Iterator[FrameRGB]:
        """The driver's pictures again, where they are to be seen."""
        if not self.shows_driver or self._driving.suffix.lower() in TEMPLATE_SUFFIXES:
            return
        recording = self._recordings[0]
        policy: LengthPolicy = "hold" if recording.is_still else self._settings.lengths
        with open_source(self._driving) as driving:
            for frame in frames_in_order(driving, recording.num_frames, policy):
                yield frame.image

    def _timed(self, index: int, image: FrameRGB, source: Frame) -> Frame:
        """The image at its time: the driver's for a picture, the source's own for a video."""
        if self._still is not None:
            time = self._recordings[0].times[index]
            return Frame(image=image, index=index, alpha=source.alpha, **time._asdict())
        late = index - source.index
        step = 1 / self._portrait.info.fps
        alpha = source.alpha if self._settings.result == "frame" else None
        return replace(
            source, image=image, index=index, pts_seconds=source.pts_seconds + late * step, alpha=alpha
        )


def _recording(animator: Animator, role: Role, settings: FileSettings, progress: Progress) -> Recording:
    if role.driving.suffix.lower() in TEMPLATE_SUFFIXES:
        template = read_template(role.driving)
        return recording_of_template(template, animator.model, animator.settings.transfer)
    reading = animator.settings.driving
    if role.driving_face is not None:
        reading = replace(reading, face=role.driving_face)
    with open_source(role.driving) as driving:
        return record_driver(
            driving,
            animator.model,
            animator.analyzer,
            settings=reading,
            square=settings.driving_square,
            progress=progress,
        )


def _first_of_still(portrait: SeekableSource) -> Frame | None:
    """The frame of a source that has just one."""
    first = list(islice(portrait, 2))
    if not first:
        raise MediaError("The source has no frames.")
    return first[0] if len(first) == 1 else None


def _panelled(moment: Moment, settings: FileSettings) -> Frame:
    if settings.panels == "result":
        return moment.result
    pictures = [moment.source, moment.result.image]
    if moment.driving is not None:
        pictures.insert(0, moment.driving)
    height = max(picture.shape[0] for picture in pictures)
    image = side_by_side(pictures, height_px=height + height % 2)
    return replace(moment.result, image=image, alpha=None)


def _sound(source: Path, roles: Sequence[Role], info: VideoInfo) -> Path | None:
    """The driver's sound, else that of a source video."""
    driving = roles[0].driving
    if driving.suffix.lower() not in TEMPLATE_SUFFIXES:
        with open_source(driving) as opened:
            if opened.info.has_audio:
                return driving
    return source if info.has_audio else None


def _check_paths(source: Path, roles: Sequence[Role], output: Path) -> None:
    if not roles:
        raise SettingError("Nobody leads: give at least one role.")
    for path in (source, *(role.driving for role in roles)):
        if output.exists() and path.exists() and output.samefile(path):
            raise SettingError(f"{output} is read as well as written; choose another output.")
