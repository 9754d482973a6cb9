"""Frames as single pictures: one still, or a folder of numbered ones."""

from itertools import count
from pathlib import Path

from liveportrait.errors import MediaError
from liveportrait.media.image_writer import StillFormat, encode_image, still_format
from liveportrait.media.protocol import Frame
from liveportrait.media.sequence_names import numbered_name
from liveportrait.media.settings import SinkSettings
from liveportrait.media.sink import Encoder

MANY_FOR_ONE = (
    "{}: a picture holds one frame, here come more; write a video (.mp4), an animation (.gif, .webp) or "
    "numbered pictures (frames/%06d.png)."
)


class StillEncoder(Encoder):
    """Writes exactly one frame as a picture of the kind that `target` asks for."""

    def __init__(self, path: Path, *, target: Path, settings: SinkSettings) -> None:
        self._path = path
        self._target = target
        self._kind: StillFormat = still_format(target)
        self._settings = settings
        self._num_frames = 0

    def write(self, frame: Frame) -> None:
        self._num_frames += 1
        if self._num_frames > 1:
            raise MediaError(MANY_FOR_ONE.format(self._target))
        content = encode_image(frame.image, alpha=frame.alpha, kind=self._kind, settings=self._settings)
        self._path.write_bytes(content)

    def finish(self) -> None: ...

    def release(self) -> None: ...


class SequenceEncoder(Encoder):
    """Writes each frame as a picture into a folder; times and sound have no place there."""

    def __init__(self, folder: Path, *, name_pattern: str, settings: SinkSettings) -> None:
        """`name_pattern` takes the number of the frame from 0, as `%06d.png` does."""
        self._folder = folder
        self._name_pattern = name_pattern
        self._kind: StillFormat = still_format(Path(name_pattern))
        self._settings = settings
        self._numbers = count()

    def write(self, frame: Frame) -> None:
        content = encode_image(frame.image, alpha=frame.alpha, kind=self._kind, settings=self._settings)
        name = numbered_name(self._name_pattern, next(self._numbers))
        (self._folder / name).write_bytes(content)

    def finish(self) -> None: ...

    def release(self) -> None: ...
