import threading
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest

from liveportrait.media.background import BackgroundSink, read_ahead
from liveportrait.media.channel import Channel
from liveportrait.media.protocol import Frame, FrameSink

PIXEL = np.zeros((1, 1, 3), np.uint8)
FRAMES = [Frame(image=PIXEL, index=number, pts_seconds=Fraction(number)) for number in range(50)]


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    """Of ours: another test's may end meanwhile."""
    yield
    assert not {"read-ahead", "write-behind"} & {thread.name for thread in threading.enumerate()}


class Recorder(FrameSink):
    """Remembers what it was given; fails at a frame, or waits until it is let go."""

    def __init__(self, *, fails_at: int = -1, gate: threading.Event | None = None) -> None:
        self.written: list[int] = []
        self.ended = ""
        self._fails_at = fails_at
        self._gate = gate

    def write(self, frame: Frame) -> None:
        if self._gate is not None:
            assert self._gate.wait(10)
        if frame.index == self._fails_at:
            raise ValueError("full")
        self.written.append(frame.index)

    def close(self) -> None:
        self.ended += "closed"

    def abort(self) -> None:
        self.ended += "aborted"


def test_items_arrive_in_order() -> None:
    assert list(read_ahead(range(1000), depth=3)) == list(range(1000))
    assert list(read_ahead([])) == []


def test_no_more_is_read_than_fits() -> None:
    """Four wait and one is in hand, whatever the order in which the two threads run."""
    num_asked, ahead, is_full = 0, [], threading.Event()

    def counting() -> Iterator[int]:
        for number in range(100):
            ahead.append(number - num_asked)
            if ahead[-1] == 4:
                is_full.set()
            yield number

    items = read_ahead(counting(), depth=4)
    for number in range(100):
        num_asked += 1
        assert next(items) == number
        assert number or is_full.wait(10)
    assert next(items, None) is None
    assert max(ahead) == 4


def test_an_error_arrives_after_the_items_before_it() -> None:
    def failing() -> Iterator[int]:
        yield from range(3)
        raise ValueError("broken")

    got: list[int] = []
    with pytest.raises(ValueError, match="broken"):
        got.extend(read_ahead(failing()))
    assert got == [0, 1, 2]


def test_leaving_early_lets_go_of_the_source() -> None:
    closed = []

    def endless() -> Iterator[int]:
        number = 0
        try:
            while True:
                yield number
                number += 1
        finally:
            closed.append(threading.current_thread().name)

    for item in read_ahead(endless(), depth=2):
        if item == 5:
            break
    assert closed == ["read-ahead"]


def test_the_sink_gets_all_frames_in_order_and_is_closed_once() -> None:
    recorder = Recorder()
    with BackgroundSink(recorder, depth=2) as sink:
        for frame in FRAMES:
            sink.write(frame)
    assert recorder.written == list(range(50))
    assert recorder.ended == "closed"


def test_a_writer_waits_when_the_line_is_full() -> None:
    gate, is_full = threading.Event(), threading.Event()
    recorder = Recorder(gate=gate)
    sink = BackgroundSink(recorder, depth=2)
    in_line: list[int] = []

    def write() -> None:
        for number, frame in enumerate(FRAMES[:10], start=1):
            sink.write(frame)
            in_line.append(number - len(recorder.written))
            if number == 3:
                is_full.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert is_full.wait(10)
    gate.set()
    writer.join(10)
    sink.close()
    assert recorder.written == list(range(10))
    assert max(in_line) == 3


def test_an_error_of_the_sink_reaches_the_writer_and_aborts() -> None:
    recorder = Recorder(fails_at=3)
    with pytest.raises(ValueError, match="full"):
        write_all(BackgroundSink(recorder, depth=1))
    assert recorder.written == [0, 1, 2]
    assert "aborted" in recorder.ended and "closed" not in recorder.ended


def test_an_error_at_the_last_frame_is_raised_by_close() -> None:
    recorder = Recorder(fails_at=49)
    with pytest.raises(ValueError, match="full"):
        write_all(BackgroundSink(recorder, depth=100))
    assert "aborted" in recorder.ended and "closed" not in recorder.ended


def write_all(sink: BackgroundSink) -> None:
    with sink:
        for frame in FRAMES:
            sink.write(frame)


def test_an_exception_of_the_writer_aborts_without_writing_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sink goes on once the line is dropped: it may have one frame in hand, and gets no more."""
    drop = Channel.drop

    def drop_and_let_go(channel: Channel[Frame]) -> None:
        drop(channel)
        gate.set()

    monkeypatch.setattr(Channel, "drop", drop_and_let_go)
    gate = threading.Event()
    recorder = Recorder(gate=gate)
    sink = BackgroundSink(recorder, depth=10)
    for frame in FRAMES[:8]:
        sink.write(frame)
    sink.abort()
    assert recorder.ended == "aborted"
    assert len(recorder.written) <= 1


def test_an_interrupt_while_closing_aborts(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder()
    sink = BackgroundSink(recorder)
    join, interrupts = threading.Thread.join, iter([KeyboardInterrupt()])

    def interrupted(thread: threading.Thread) -> None:
        for interrupt in interrupts:
            raise interrupt
        join(thread)

    monkeypatch.setattr(threading.Thread, "join", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sink.close()
    assert recorder.ended == "aborted"


def test_writing_after_the_end_is_our_own_fault() -> None:
    sink = BackgroundSink(Recorder())
    sink.close()
    with pytest.raises(AssertionError, match="after the end"):
        sink.write(FRAMES[0])


def test_a_channel_refuses_after_it_was_closed() -> None:
    channel: Channel[int] = Channel(3)
    assert channel.put(1)
    channel.close()
    assert not channel.put(2)
    assert list(channel) == [1]
    assert list(channel) == []
