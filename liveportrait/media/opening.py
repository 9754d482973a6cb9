"""From a path to a source or a sink: reading goes by the content, writing by the extension."""

from fractions import Fraction
from pathlib import Path

from liveportrait.errors import MediaError
from liveportrait.media.animation_source import AnimationSource
from liveportrait.media.containers import CONTAINERS, container_for
from liveportrait.media.gif_writer import GifEncoder
from liveportrait.media.image_writer import STILL_FORMATS, still_format
from liveportrait.media.kinds import kind_of
from liveportrait.media.paths import AnyPath
from liveportrait.media.pending_file import pending_file, pending_folder
from liveportrait.media.picture_writers import MANY_FOR_ONE, SequenceEncoder, StillEncoder
from liveportrait.media.protocol import FrameSink, SeekableSource, VideoInfo
from liveportrait.media.sequence_names import is_numbered
from liveportrait.media.sequence_source import SEQUENCE_FPS, SequenceSource
from liveportrait.media.settings import SinkSettings
from liveportrait.media.sink import AtomicSink, OpenEncoder
from liveportrait.media.still_source import StillSource
from liveportrait.media.video_reader import VideoSource
from liveportrait.media.video_writer import VideoEncoder
from liveportrait.media.webp_writer import WebpEncoder


def open_source(path: AnyPath, *, sequence_fps: Fraction = SEQUENCE_FPS) -> SeekableSource:
    """The frames of a picture, a video, an animation, or numbered pictures (a folder or a pattern).

    `sequence_fps` is the rate of numbered pictures, which carry none.

    Raises:
        MediaError: when it is none that can be read.
    """
    path = Path(path)
    match kind_of(path):
        case "still":
            return StillSource(path)
        case "animation":
            return AnimationSource(path)
        case "sequence":
            return SequenceSource(path, fps=sequence_fps)
        case "video":
            return VideoSource(path)


def open_sink(
    path: AnyPath,
    *,
    like: VideoInfo,
    settings: SinkSettings | None = None,
    audio_from: AnyPath | None = None,
) -> FrameSink:
    """A new file for frames, of the kind that its extension asks for; without one, a folder of PNGs.

    `like` is the info of the source whose times the frames have. Size and alpha are taken from the
    frames. `audio_from` names the file whose sound, if it has any, is carried over, from the start
    and no longer than the picture; kinds without sound pass it over.

    Raises:
        MediaError: when nothing of that name can be written.
    """
    path, audio_from = Path(path), None if audio_from is None else Path(audio_from)
    settings = settings or SinkSettings()
    if is_numbered(path.name):
        return _sequence_sink(path.parent, path.name, settings)
    if path.suffix == "":
        return _sequence_sink(path, "%06d.png", settings)
    open_encoder = _file_encoder(path, like, settings, audio_from)
    return AtomicSink(pending_file(path), path, open_encoder)


def _file_encoder(
    path: Path, like: VideoInfo, settings: SinkSettings, audio_from: Path | None
) -> OpenEncoder:
    suffix = path.suffix.lower()
    if suffix in CONTAINERS:
        container = container_for(path)
        return lambda part: VideoEncoder(
            part, target=path, container=container, like=like, settings=settings, audio_from=audio_from
        )
    if suffix == ".gif":
        return lambda part: GifEncoder(part, like=like, settings=settings)
    if suffix == ".webp" and like.num_frames != 1:
        return lambda part: WebpEncoder(part, like=like, settings=settings)
    if suffix in STILL_FORMATS:
        return lambda part: StillEncoder(part, target=path, settings=settings)
    known = sorted({*CONTAINERS, ".gif", *STILL_FORMATS})
    raise MediaError(
        f"{path}: expected an extension out of {', '.join(known)}, or none for a folder of PNGs."
    )


def _sequence_sink(folder: Path, name_pattern: str, settings: SinkSettings) -> FrameSink:
    still_format(Path(name_pattern))
    return AtomicSink(
        pending_folder(folder),
        folder,
        lambda part: SequenceEncoder(part, name_pattern=name_pattern, settings=settings),
    )


def check_holds(path: Path, info: VideoInfo) -> None:
    """Raise where more than one frame is to go into a picture, as far as the source of all of them tells."""
    is_one = path.suffix.lower() in STILL_FORMATS.keys() - {".webp"} and not is_numbered(path.name)
    if is_one and _moves(info):
        raise MediaError(MANY_FOR_ONE.format(path))


def _moves(info: VideoInfo) -> bool:
    if info.num_frames is not None or info.duration_seconds is None:
        return (info.num_frames or 1) > 1
    return info.duration_seconds * info.fps >= 2
