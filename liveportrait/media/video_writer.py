"""Videos from frames: H.264 or VP9, exact times, sound, tags; for players everywhere 4:2:0 and BT.709."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
from av.codec.context import Flags
from av.video.frame import VideoFrame
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    VideoReformatter,
)
from av.video.stream import VideoStream
from jaxtyping import UInt8
from numpy import ndarray

from liveportrait.arrays import FrameRGB
from liveportrait.media.alpha import over_background
from liveportrait.media.audio import AudioTrack, has_audio
from liveportrait.media.containers import Container, check_video_size
from liveportrait.media.frame_conversion import EXACT
from liveportrait.media.marks import comment, xmp_packet
from liveportrait.media.protocol import Frame, VideoInfo
from liveportrait.media.settings import SinkSettings
from liveportrait.media.sink import Encoder
from liveportrait.media.tick_clock import TickClock
from liveportrait.media.xmp_boxes import append_to_mp4


class VideoEncoder(Encoder):
    """Writes one video file; its size is that of the first frame, an odd one repeats its last row or column.

    4:2:0 needs even sizes, and H.264 in any other layout is not played by browsers.
    """

    def __init__(
        self,
        path: Path,
        *,
        target: Path,
        container: Container,
        like: VideoInfo,
        settings: SinkSettings,
        audio_from: Path | None,
    ) -> None:
        self._path = path
        self._target = target
        self._container = container
        self._like = like
        self._settings = settings
        self._audio_from = audio_from if audio_from is not None and has_audio(audio_from) else None
        self._output = av.open(f"file:{path}", "w", format=container.muxer, options=container.options)
        self._time_base = like.time_base or 1 / like.fps
        self._clock = TickClock(self._time_base)
        self._reformatter = VideoReformatter()
        self._stream: VideoStream | None = None
        self._audio: AudioTrack | None = None
        self._end_seconds = Fraction(0)

    def write(self, frame: Frame) -> None:
        if self._stream is None:
            self._stream = self._begin(frame)
        duration = frame.duration_seconds or 1 / self._like.fps
        picture = self._converted(frame)
        picture.time_base = self._time_base
        picture.pts = self._clock.ticks(frame.pts_seconds)
        picture.duration = max(1, round(duration / self._time_base))
        self._output.mux(self._stream.encode(picture))
        self._end_seconds = frame.pts_seconds + duration
        if self._audio is not None:
            self._audio.write_until(frame.pts_seconds)

    def finish(self) -> None:
        assert self._stream is not None
        self._output.mux(self._stream.encode(None))
        if self._audio is not None:
            self._audio.finish(self._end_seconds)
        self._output.close()
        if self._settings.mark == "generated" and self._container.mark == "xmp":
            append_to_mp4(self._path, xmp_packet())

    def release(self) -> None:
        if self._audio is not None:
            self._audio.close()
        self._output.close()

    def _begin(self, first: Frame) -> VideoStream:
        """Declare picture, sound and tags; the first packet fixes them."""
        height, width = first.image.shape[:2]
        check_video_size(self._target, (width, height))
        stream = self._output.add_stream(
            self._container.video_codec,
            rate=self._like.fps,
            options=_codec_options(self._container, self._settings),
        )
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = width + width % 2, height + height % 2
        stream.pix_fmt = "yuv420p"
        stream.time_base = self._time_base
        context = stream.codec_context
        context.time_base = self._time_base
        context.flags |= Flags.frame_duration
        context.color_range = ColorRange.MPEG
        context.colorspace = Colorspace.ITU709
        context.color_primaries = ColorPrimaries.BT709
        context.color_trc = ColorTrc.BT709
        if self._settings.mark == "generated":
            self._output.metadata["comment"] = comment()
        if self._audio_from is not None:
            self._audio = AudioTrack(self._audio_from, self._output, self._container)
        return stream

    def _converted(self, frame: Frame) -> VideoFrame:
        image = over_background(frame.image, frame.alpha, background_rgb=self._settings.background_rgb)
        return self._reformatter.reformat(
            VideoFrame.from_ndarray(_even(image)),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            interpolation=EXACT,
            threads=1,
        )


def _even(image: FrameRGB) -> UInt8[ndarray, "even_h even_w 3"]:
    height, width = image.shape[:2]
    if width % 2 == 0 and height % 2 == 0:
        return image
    return cv2.copyMakeBorder(image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)


def _codec_options(container: Container, settings: SinkSettings) -> dict[str, str]:
    if container.video_codec == "libx264":
        # Without B-frames packets leave in the order of their times: variable rates and the length
        # of the last frame are kept exactly, for a quarter more bytes.
        return {"crf": str(settings.h264.crf), "preset": settings.h264.preset, "bf": "0"}
    return {
        "crf": str(settings.vp9.crf),
        "b": "0",
        "deadline": "realtime",
        "cpu-used": str(settings.vp9.speed),
        "row-mt": "1",
    }
