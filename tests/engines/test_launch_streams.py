"""Work on a side stream: in order with the current one, recorded when it comes again."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch

from liveportrait.engines.launch_streams import MOST_GRAPHS, RecordingStream, SideStream

DEVICE = torch.device("cuda", 0)


class FakeStream:
    def __init__(self, name: str, events: list[str]) -> None:
        self.name, self.events = name, events
        self.cuda_stream = 7

    def wait_stream(self, other: "FakeStream") -> None:
        self.events.append(f"{self.name} waits for {other.name}")


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What happens, in order, in a CUDA that only keeps a diary."""
    events: list[str] = []

    class FakeGraph:
        def replay(self) -> None:
            events.append("replay")

    @contextmanager
    def capture(_graph: FakeGraph, *, stream: FakeStream, capture_error_mode: str) -> Iterator[None]:
        assert stream.name == "side" and capture_error_mode == "thread_local"
        events.append("capture")
        yield
        events.append("captured")

    @contextmanager
    def on_stream(_stream: FakeStream) -> Iterator[None]:
        yield

    monkeypatch.setattr(torch.cuda, "Stream", lambda _device: FakeStream("side", events))
    monkeypatch.setattr(torch.cuda, "current_stream", lambda _device: FakeStream("current", events))
    monkeypatch.setattr(torch.cuda, "CUDAGraph", FakeGraph)
    monkeypatch.setattr(torch.cuda, "graph", capture)
    monkeypatch.setattr(torch.cuda, "stream", on_stream)
    return events


def test_work_waits_for_what_came_before_and_is_waited_for(events: list[str]) -> None:
    SideStream(DEVICE).run(lambda handle: events.append(f"launch on {handle}"), key=())
    assert events == ["side waits for current", "launch on 7", "current waits for side"]


def test_what_comes_again_is_recorded_and_then_replayed(events: list[str]) -> None:
    stream = RecordingStream(DEVICE)
    for _ in range(3):
        stream.run(lambda _handle: events.append("launch"), key="same")
    happened = [event for event in events if "waits" not in event]
    assert happened == ["launch", "capture", "launch", "captured", "replay", "replay"]


def test_other_addresses_are_another_graph(events: list[str]) -> None:
    stream = RecordingStream(DEVICE)
    for key in ("a", "b", "a", "b"):
        stream.run(lambda _handle: None, key=key)
    assert events.count("capture") == 2


def test_addresses_that_never_come_again_fill_no_memory(events: list[str]) -> None:
    stream = RecordingStream(DEVICE)
    for key in range(3 * MOST_GRAPHS):
        stream.run(lambda _handle: None, key=key)
    assert "capture" not in events
    stream.run(lambda _handle: events.append("launch"), key=0)
    assert events[-2:] == ["launch", "current waits for side"]
    assert len(stream._graphs) == MOST_GRAPHS


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="NOT RUN: there is no GPU here")
def test_on_a_card_replays_read_what_is_there_now() -> None:
    given, result = torch.zeros(1024, device="cuda"), torch.zeros(1024, device="cuda")
    stream = RecordingStream(given.device)

    def double(_handle: int) -> None:
        torch.mul(given, 2, out=result)

    for number in range(4):
        given.fill_(number)
        stream.run(double, key=given.data_ptr())
        assert result.eq(2 * number).all()
