"""Decoding ahead and encoding behind, each in its own thread, so that neither keeps the networks waiting."""

from collections.abc import Generator, Iterable, Iterator
from threading import Thread
from typing import TypeVar

from liveportrait.media.channel import Channel
from liveportrait.media.protocol import Frame, FrameSink

Item = TypeVar("Item")

DEPTH = 4
"""Frames that wait between two threads: enough to smooth a slow one out, 25 MB at 1080p."""


def read_ahead(items: Iterable[Item], *, depth: int = DEPTH) -> Iterator[Item]:
    """The items in order, taken by a thread that keeps up to `depth` of them ready.

    An error of the items is raised here, after the items before it. Closing or leaving the
    iterator stops the thread and closes `items`.
    """
    channel: Channel[Item] = Channel(depth)
    thread = Thread(target=_fill, args=(channel, items), name="read-ahead", daemon=True)
    thread.start()
    try:
        yield from channel
    finally:
        channel.drop()
        thread.join()


def _fill(channel: Channel[Item], items: Iterable[Item]) -> None:
    iterator = iter(items)
    try:
        for item in iterator:
            if not channel.put(item):
                break
    except BaseException as error:  # carried over to the thread that asked
        channel.close(error)
    finally:
        if isinstance(iterator, Generator):
            iterator.close()  # a generator lets go of its file here, in its own thread
        channel.close()


class BackgroundSink(FrameSink):
    """Another sink, written to by a thread; `write` waits only when `depth` frames are in line.

    An error of that sink is raised by the next `write`, or by `close`.
    """

    def __init__(self, sink: FrameSink, *, depth: int = DEPTH) -> None:
        self._sink = sink
        self._channel: Channel[Frame] = Channel(depth)
        self._error: BaseException | None = None
        self._thread = Thread(target=self._drain, name="write-behind", daemon=True)
        self._thread.start()

    def write(self, frame: Frame) -> None:
        if not self._channel.put(frame):
            self._raise()
            raise AssertionError("written to after the end")

    def close(self) -> None:
        self._channel.close()
        try:
            self._thread.join()
        except BaseException:  # Ctrl-C while the last frames are written
            self.abort()
            raise
        self._raise()
        self._sink.close()

    def abort(self) -> None:
        self._channel.drop()
        self._thread.join()
        self._sink.abort()

    def _drain(self) -> None:
        try:
            for frame in self._channel:
                self._sink.write(frame)
        except BaseException as error:  # carried over to the thread that writes
            self._error = error
            self._channel.drop()

    def _raise(self) -> None:
        if self._error is not None:
            self._sink.abort()
            raise self._error
