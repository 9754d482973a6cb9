"""Pictures and videos of a face for tests: the bundled portrait, moved about."""

from collections.abc import Container, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from liveportrait.arrays import FrameRGB
from liveportrait.media.opening import open_sink, open_source
from liveportrait.media.protocol import Frame, VideoInfo
from liveportrait.media.settings import H264Settings, SinkSettings
from tests.media.clips import Sound, write_sound

ASTRONAUT = Path(__file__).parents[1] / "examples" / "astronaut.jpg"
FPS = Fraction(25)


def portrait(size_px: int = 160) -> FrameRGB:
    """The head alone, square."""
    picture = cv2.imread(str(ASTRONAUT))
    assert picture is not None, f"{ASTRONAUT} is missing"
    head = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)[0:300, 80:380]
    return cv2.resize(head, (size_px, size_px), interpolation=cv2.INTER_AREA)


def swaying(num_frames: int, *, size_px: int = 160, faceless: Container[int] = ()) -> list[FrameRGB]:
    """The head tilts and shifts; frames in `faceless` show a wall."""
    image = portrait(size_px)
    return [
        wall(size_px) if index in faceless else _turned(image, 6 * np.sin(index), 0.02 * np.cos(2 * index))
        for index in range(num_frames)
    ]


def two_people(size_px: int = 160) -> FrameRGB:
    """A large head on the left, and on the right the same one smaller."""
    large, small = portrait(size_px), portrait(size_px * 3 // 4)
    margin = np.full((size_px - len(small), small.shape[1], 3), 90, np.uint8)
    return np.concatenate([large, np.concatenate([margin, small])], axis=1)


def wall(size_px: int = 160) -> FrameRGB:
    """No face."""
    ramp = np.linspace(60, 120, size_px).astype(np.uint8)
    return np.repeat(np.repeat(ramp[:, None, None], size_px, axis=1), 3, axis=2)


def write_video(
    path: Path,
    images: Sequence[FrameRGB],
    *,
    fps: Fraction = FPS,
    sound_seconds: float | None = None,
    ticks: Sequence[int] | None = None,
) -> Path:
    """A video, nearly lossless, with clicks in its sound if it has any.

    `ticks` says when the frames appear and, with one more, when the last one goes, at `fps` ticks a second.
    """
    ticks = ticks or range(len(images) + 1)
    audio = None
    if sound_seconds is not None:
        sound = Sound(seconds=sound_seconds, clicks_seconds=(0.1,))
        audio = write_sound(path.with_suffix(".m4a"), sound, muxer="mp4")
    height, width = images[0].shape[:2]
    info = VideoInfo(size_wh=(width, height), fps=fps, num_frames=len(images))
    settings = SinkSettings(h264=H264Settings(crf=8))
    with open_sink(path, like=info, settings=settings, audio_from=audio) as sink:
        for index, (image, (start, end)) in enumerate(zip(images, pairwise(ticks), strict=True)):
            seconds = (end - start) / fps
            sink.write(Frame(image=image, index=index, pts_seconds=start / fps, duration_seconds=seconds))
    return path


def write_picture(path: Path, image: FrameRGB) -> Path:
    assert cv2.imwrite(str(path), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    return path


def frames_of(path: Path) -> list[Frame]:
    with open_source(path) as source:
        return list(source)


def _turned(image: FrameRGB, angle_deg: float, shift: float) -> FrameRGB:
    side = len(image)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), angle_deg, 1.0)
    turn[0, 2] += shift * side
    return cv2.warpAffine(image, turn, (side, side), borderMode=cv2.BORDER_REFLECT)
