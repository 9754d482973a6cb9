"""Animated GIFs from frames: 256 colours chosen anew for each frame, dithered."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.codec.context import Flags
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from liveportrait.arrays import FrameRGB
from liveportrait.media.alpha import over_background
from liveportrait.media.marks import xmp_packet
from liveportrait.media.protocol import Frame, VideoInfo
from liveportrait.media.settings import SinkSettings
from liveportrait.media.sink import Encoder
from liveportrait.media.xmp_boxes import append_to_gif

_TICK_SECONDS = Fraction(1, 100)

_SHORTEST_TICKS = 2
"""Browsers show a frame of one tick for a tenth of a second; so above 50 a second some are left out."""


class GifEncoder(Encoder):
    """Writes one GIF that loops for ever. Transparent pixels get the background."""

    def __init__(self, path: Path, *, like: VideoInfo, settings: SinkSettings) -> None:
        self._path = path
        self._like = like
        self._settings = settings
        self._output = av.open(f"file:{path}", "w", format="gif", options={"loop": "0"})
        self._stream: VideoStream | None = None
        self._first_seconds = Fraction(0)
        self._last_ticks = -_SHORTEST_TICKS

    def write(self, frame: Frame) -> None:
        if self._stream is None:
            self._stream = self._begin(frame)
        ticks = round((frame.pts_seconds - self._first_seconds) / _TICK_SECONDS)
        if ticks < self._last_ticks + _SHORTEST_TICKS:
            return
        self._last_ticks = ticks
        duration = frame.duration_seconds or 1 / self._like.fps
        picture = _with_palette(
            over_background(frame.image, frame.alpha, background_rgb=self._settings.background_rgb)
        )
        picture.time_base = _TICK_SECONDS
        picture.pts = ticks
        picture.duration = max(_SHORTEST_TICKS, round(duration / _TICK_SECONDS))
        self._output.mux(self._stream.encode(picture))

    def finish(self) -> None:
        assert self._stream is not None
        self._output.mux(self._stream.encode(None))
        self._output.close()
        if self._settings.mark == "generated":
            append_to_gif(self._path, xmp_packet())

    def release(self) -> None:
        self._output.close()

    def _begin(self, first: Frame) -> VideoStream:
        stream = self._output.add_stream("gif", rate=self._like.fps)
        assert isinstance(stream, VideoStream)
        stream.height, stream.width = first.image.shape[:2]
        stream.pix_fmt = "pal8"
        stream.time_base = stream.codec_context.time_base = _TICK_SECONDS
        stream.codec_context.flags |= Flags.frame_duration
        self._first_seconds = first.pts_seconds
        return stream


def _with_palette(image: FrameRGB) -> VideoFrame:
    """The octree finds the colours in 2 ms where the median cut takes 90; dithering hides the steps."""
    picture = Image.fromarray(image)
    palette = picture.quantize(256, method=Image.Quantize.FASTOCTREE)
    indices = picture.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
    colors = np.array(palette.getpalette("RGB"), dtype=np.uint8).reshape(-1, 3)
    opaque_argb = np.full((256, 4), 255, dtype=np.uint8)
    opaque_argb[: len(colors), 1:] = colors
    return VideoFrame.from_ndarray(
        (np.asarray(indices), opaque_argb),  # pyright: ignore[reportArgumentType] - documented for pal8, not typed
        format="pal8",
    )
