"""One sink for every kind of file: it keeps the promise that a result is complete or absent."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

from av.error import FFmpegError

from liveportrait.errors import MediaError
from liveportrait.frames import check_frame
from liveportrait.media.pending_file import PendingFile, write_error
from liveportrait.media.protocol import Frame, FrameSink

logger = logging.getLogger(__name__)


@runtime_checkable
class Encoder(Protocol):
    """Writes frames into one new file, in the format that it knows."""

    def write(self, frame: Frame) -> None: ...

    def finish(self) -> None:
        """Write what is held back and end the file."""
        ...

    def release(self) -> None:
        """Let go of the file, finished or not; may be called twice."""
        ...


OpenEncoder: TypeAlias = Callable[[Path], Encoder]


class AtomicSink(FrameSink):
    """Lets an encoder write beside the target, and puts the file in place once it is complete.

    Whatever goes wrong, here or in the encoder, removes what was written.
    """

    def __init__(self, pending: PendingFile, target: Path, open_encoder: OpenEncoder) -> None:
        self._pending = pending
        self._target = target
        self._size_wh: tuple[int, int] | None = None
        self._encoder: Encoder | None = None
        self._is_open = True
        with self._all_or_nothing():
            self._encoder = open_encoder(pending.path)

    def write(self, frame: Frame) -> None:
        assert self._is_open and self._encoder is not None, "written to after the end"
        with self._all_or_nothing():
            check_frame(frame.image, name=f"frame {frame.index}")
            self._check_size(frame)
            self._encoder.write(frame)

    def close(self) -> None:
        if not self._is_open:
            return
        with self._all_or_nothing():
            if self._size_wh is None or self._encoder is None:
                raise MediaError(f"{self._target}: there was no frame to write.")
            self._encoder.finish()
            self._encoder.release()
            self._pending.commit()
        self._is_open = False

    def abort(self) -> None:
        if not self._is_open:
            return
        self._is_open = False
        try:
            if self._encoder is not None:
                self._encoder.release()
        except (FFmpegError, OSError) as error:
            logger.debug("%s: %s while dropping it", self._target, error)
        finally:
            self._pending.discard()

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        try:
            yield
        except (FFmpegError, OSError) as error:
            self.abort()
            raise write_error(self._target, error) from error
        except BaseException:
            self.abort()
            raise

    def _check_size(self, frame: Frame) -> None:
        height, width = frame.image.shape[:2]
        self._size_wh = self._size_wh or (width, height)
        if (width, height) != self._size_wh:
            raise MediaError(
                f"{self._target}: frame {frame.index} is {width} x {height}, the first one was "
                f"{self._size_wh[0]} x {self._size_wh[1]}; all frames of a file must have one size."
            )
