"""Files in, a file out: a picture or video of a face, led by another, a template, or several drivers."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain, repeat
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

from liveportrait.animation.cast import Cast, open_cast
from liveportrait.animation.naming import naming
from liveportrait.animation.phases import PhaseProgress, silently
from liveportrait.animation.recording import Recording
from liveportrait.animation.roles import check_roles
from liveportrait.animation.settings import FileSettings, Role
from liveportrait.animation.show import Show, driving_policy, stage_still, stage_video
from liveportrait.animator import Animator
from liveportrait.arrays import BoxXYXY, FrameRGB
from liveportrait.engines.protocol import EngineName, ExportPrecision
from liveportrait.errors import SettingError
from liveportrait.media.alpha import SeenSource, as_seen
from liveportrait.media.background import BackgroundSink, read_ahead
from liveportrait.media.containers import check_video_size
from liveportrait.media.extension import extended
from liveportrait.media.opening import check_holds, open_sink
from liveportrait.media.outputs import check_outputs
from liveportrait.media.panels import side_by_side
from liveportrait.media.paths import AnyPath
from liveportrait.media.protocol import Frame


class Moment(NamedTuple):
    """One frame of a result with what it came from."""

    result: Frame
    source: FrameRGB
    """As it looks over the background, as is the driver."""
    driving: FrameRGB | None
    """Of the first driver; None for templates, and where nobody looks."""
    box_xyxy: BoxXYXY
    """Around all faces that are animated, in the source."""


@runtime_checkable
class Watcher(Protocol):
    """Sees an animation pass by, for sheets and previews."""

    def see(self, moment: Moment, *, num_frames: int) -> None:
        """Called once a frame, in order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AnimationReport:
    """What was made."""

    output: Path
    num_frames: int
    num_faces: int
    frames_without_driving_face: int
    """Of the first driver."""
    engine: EngineName
    """What ran the model; with its precision and device, what `auto` picked."""
    precision: ExportPrecision
    device: str

    def facts(self) -> dict[str, str | int]:
        """For programs."""
        return {**asdict(self), "output": str(self.output)}


def animate_file(
    animator: Animator,
    source: AnyPath,
    roles: Sequence[Role],
    output: AnyPath,
    *,
    settings: FileSettings | None = None,
    progress: PhaseProgress = silently,
    watcher: Watcher | None = None,
) -> AnimationReport:
    """Animate a picture or a video and write the result; nothing half-written stays behind.

    Args:
        roles: Who leads which face; `roles_of` makes them for one driver and all faces.
        progress: Told of every phase and frame; it may raise `CancelledError` to stop.
        watcher: Sees every frame with what it came from.

    Raises:
        NoFaceError: when source or driver shows no face, or not the chosen one.
        MediaError: when a file cannot be read or written.
        TemplateError: when a template is none, or another model's.
        SettingError: when settings exclude each other.
    """
    source, output, settings = Path(source), Path(output), settings or FileSettings()
    _check(animator, source, roles, output, settings)
    with open_cast(source, roles, settings) as cast:
        check_holds(output, cast.info)
        check_video_size(output, _size_wh(animator, cast, settings))
        # Opened before the work begins: a place that cannot be written is told at once.
        sink = open_sink(output, like=cast.info, settings=settings.sink, audio_from=cast.audio)
        with BackgroundSink(sink) as target:
            recordings = _recordings(animator, cast, settings, progress)
            with naming(source):
                show = _staged(animator, cast, recordings, settings, progress)
            report_frame = progress("animating")
            for moment in _moments(show, cast, settings, is_watched=watcher is not None):
                target.write(_panelled(moment, settings))
                if watcher is not None:
                    watcher.see(moment, num_frames=show.num_frames)
                report_frame(moment.result.index + 1, show.num_frames)
    engines = animator.model.engines
    return AnimationReport(
        output=output,
        num_frames=show.num_frames,
        num_faces=len(roles),
        frames_without_driving_face=sum(one.row is None for one in recordings[0].sightings),
        engine=engines.engine,
        precision=engines.precision,
        device=str(engines.device),
    )


def _size_wh(animator: Animator, cast: Cast, settings: FileSettings) -> tuple[int, int]:
    """Of the result's frames."""
    side_px = animator.model.preset.output_px
    width, height = cast.info.size_wh if settings.result == "frame" else (side_px, side_px)
    if settings.panels == "result":
        return width, height
    pictures = cast.drivers[cast.roles[0].driving_path].pictures
    sizes_wh = [cast.info.size_wh, (width, height), *([] if pictures is None else [pictures.info.size_wh])]
    tallest = max(height for _, height in sizes_wh)
    return sum(round(width * tallest / height) for width, height in sizes_wh), tallest


def _recordings(
    animator: Animator, cast: Cast, settings: FileSettings, progress: PhaseProgress
) -> list[Recording]:
    """What each role's driver does; one who leads several faces is read once."""
    recordings: list[Recording] = []
    for index, role in enumerate(cast.roles):
        earlier = (
            recordings[other]
            for other, before in enumerate(cast.roles[:index])
            if before.driving_path == role.driving_path and before.driving_face is role.driving_face
        )
        with naming(role.driving_path):
            recording = next(earlier, None) or cast.drivers[role.driving_path].record(
                animator, role, square=settings.driving_square, progress=progress
            )
        recordings.append(recording)
    return recordings


def _staged(
    animator: Animator,
    cast: Cast,
    recordings: Sequence[Recording],
    settings: FileSettings,
    progress: PhaseProgress,
) -> Show:
    if cast.still is not None:
        return stage_still(animator, cast.still, cast.roles, recordings, settings)
    return stage_video(animator, cast.portrait, cast.roles, recordings, settings, progress=progress)


def _moments(show: Show, cast: Cast, settings: FileSettings, *, is_watched: bool) -> Iterator[Moment]:
    wants_driver = is_watched or settings.panels == "side_by_side"
    pictures = _driving_pictures(show, cast, settings) if wants_driver else repeat(None)
    background_rgb = settings.sink.background_rgb
    for drawn in show.frames():
        source = as_seen(drawn.source, background_rgb=background_rgb) if wants_driver else drawn.source.image
        yield Moment(drawn.result, source, next(pictures), drawn.box_xyxy)


def _driving_pictures(show: Show, cast: Cast, settings: FileSettings) -> Iterator[FrameRGB | None]:
    """Of the first driver, as it leads."""
    pictures = cast.drivers[cast.roles[0].driving_path].pictures
    if pictures is None:
        return repeat(None)
    policy = driving_policy(is_still=pictures.info.num_frames == 1, lengths=settings.lengths)
    seen = SeenSource(pictures, background_rgb=settings.sink.background_rgb)
    frames = read_ahead(extended(seen, num_frames=show.leading[-1] + 1, policy=policy))
    return chain((frame.image for frame in _taken(frames, show.leading)), repeat(None))


def _taken(frames: Iterator[Frame], order: Sequence[int]) -> Iterator[Frame]:
    """The frames of these numbers, which never fall."""
    position, held = 0, next(frames, None)
    for number in order:
        while held is not None and position < number:
            position, held = position + 1, next(frames, None)
        if held is None:
            return
        yield held


def _panelled(moment: Moment, settings: FileSettings) -> Frame:
    if settings.panels == "result":
        return moment.result
    pictures = [moment.source, as_seen(moment.result, background_rgb=settings.sink.background_rgb)]
    if moment.driving is not None:
        pictures.insert(0, moment.driving)
    height = max(picture.shape[0] for picture in pictures)
    image = side_by_side(pictures, height_px=height + height % 2)
    return replace(moment.result, image=image, alpha=None)


def _check(
    animator: Animator, source: Path, roles: Sequence[Role], output: Path, settings: FileSettings
) -> None:
    """What can be known to fail before anything is read."""
    if not roles:
        raise SettingError("Nobody leads: give at least one role.")
    if len(roles) > 1 and settings.result == "crop":
        raise SettingError(f"A result of the crop alone takes one face; {len(roles)} were given.")
    if settings.smoothing == "offline" and animator.settings.smoothing == "live":
        raise SettingError("Smoothing is either live or offline; the animator is set to live already.")
    check_outputs([output], inputs=[source, *(role.driving_path for role in roles)])
    check_roles(animator.analyzer, source, roles)
