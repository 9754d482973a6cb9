"""One picture into a file."""

from pathlib import Path

from liveportrait.arrays import FrameRGB
from liveportrait.frames import check_frame
from liveportrait.media.image_writer import still_format
from liveportrait.media.opening import open_sink
from liveportrait.media.paths import AnyPath
from liveportrait.media.pending_file import check_file
from liveportrait.media.protocol import Frame, VideoInfo
from liveportrait.media.settings import SinkSettings
from liveportrait.media.still_source import STILL_FPS


def save_picture(image: FrameRGB, path: AnyPath, *, settings: SinkSettings | None = None) -> None:
    """Write it, whole or not at all, in the format that the extension asks for.

    Raises:
        SettingError: when the picture is none.
        MediaError: when nothing of that name can be written.
    """
    check_frame(image, name="picture")
    height, width = image.shape[:2]
    info = VideoInfo(size_wh=(width, height), fps=STILL_FPS, num_frames=1)
    with open_sink(path, like=info, settings=settings) as sink:
        sink.write(Frame(image=image, index=0, pts_seconds=0 * STILL_FPS))


def check_picture(path: Path) -> None:
    """Raise now what writing the picture after long work would raise."""
    still_format(path)
    check_file(path)
