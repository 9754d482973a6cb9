"""The containers that video is written to, and what each takes."""

from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeAlias

import av
from av.error import FFmpegError

from liveportrait.errors import MediaError

VideoCodec: TypeAlias = Literal["libx264", "libvpx-vp9"]

LARGEST_SIDE_PX: MappingProxyType[VideoCodec, int] = MappingProxyType({"libx264": 16384, "libvpx-vp9": 65536})
"""What the encoders take; Source: x264's check of its parameters, and the 16 bits of VP9's frame header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """What an extension stands for."""

    muxer: str
    options: dict[str, str] = field(default_factory=dict)
    video_codec: VideoCodec
    copied_audio: frozenset[str]
    """Sound of these codecs is copied packet by packet, without loss."""
    audio_codec: str
    """All other sound is encoded anew with this one."""
    mark: Literal["xmp", "comment"]
    """Where the mark of generated files goes."""


_MP4_AUDIO = frozenset({"aac", "mp3", "ac3", "eac3", "alac", "opus", "flac"})

# The index at the front lets a browser play before all has arrived; it costs one copy of the file.
_MP4 = Container(
    muxer="mp4",
    options={"movflags": "+faststart"},
    video_codec="libx264",
    copied_audio=_MP4_AUDIO,
    audio_codec="aac",
    mark="xmp",
)
_MOV = Container(
    muxer="mov",
    options={"movflags": "+faststart"},
    video_codec="libx264",
    copied_audio=frozenset({"aac", "mp3", "ac3", "alac", "pcm_s16le", "pcm_s16be", "pcm_s24le"}),
    audio_codec="aac",
    mark="xmp",
)
_MKV = Container(
    muxer="matroska",
    video_codec="libx264",
    copied_audio=_MP4_AUDIO | {"vorbis", "pcm_s16le", "pcm_s24le", "pcm_f32le"},
    audio_codec="aac",
    mark="comment",
)
_WEBM = Container(
    muxer="webm",
    video_codec="libvpx-vp9",
    copied_audio=frozenset({"opus", "vorbis"}),
    audio_codec="libopus",
    mark="comment",
)

CONTAINERS = MappingProxyType({".mp4": _MP4, ".m4v": _MP4, ".mov": _MOV, ".mkv": _MKV, ".webm": _WEBM})


def video_codec_of(path: Path) -> VideoCodec | None:
    """What video in a file of that name is written with; None where the extension is none of a video."""
    container = CONTAINERS.get(path.suffix.lower())
    return None if container is None else container.video_codec


def container_for(path: Path) -> Container:
    """The container that an extension stands for; raises where its video encoder is missing here."""
    container = CONTAINERS[path.suffix.lower()]
    try:
        av.Codec(container.video_codec, "w")
    except FFmpegError as error:
        others = sorted({s for s, c in CONTAINERS.items() if c.video_codec != container.video_codec})
        raise MediaError(
            f"{path}: this build of PyAV has no encoder {container.video_codec}; install the wheel from PyPI "
            f"(pip install --force-reinstall av), or write {', '.join(others)}."
        ) from error
    return container


def check_video_size(path: Path, size_wh: tuple[int, int]) -> None:
    """Raise where frames of this size cannot be written into a video of that name."""
    codec = video_codec_of(path)
    if codec is not None and max(size_wh) > LARGEST_SIDE_PX[codec]:
        takers = {codec for codec, side_px in LARGEST_SIDE_PX.items() if side_px >= max(size_wh)}
        wider = [suffix for suffix, one in CONTAINERS.items() if one.video_codec in takers]
        instead = f"write {', '.join(wider)} or numbered pictures" if wider else "write numbered pictures"
        raise MediaError(
            f"{path}: its frames would be {size_wh[0]} x {size_wh[1]}, and {codec} takes sides of up to "
            f"{LARGEST_SIDE_PX[codec]} pixels; {instead} (frames/%06d.png), or make the source smaller."
        )
