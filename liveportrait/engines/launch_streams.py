"""Where engines launch their kernels: not on the default stream, on which no CUDA graph can be made."""

from collections.abc import Callable, Hashable
from typing import Protocol, runtime_checkable

import torch

MOST_GRAPHS = 4
"""Per engine. Addresses that come again are few: of a source, and what the allocator hands out in turns."""


@runtime_checkable
class LaunchStream(Protocol):
    """Where work is put, in order with PyTorch's current stream."""

    def run(self, work: Callable[[int], None], *, key: Hashable) -> None:
        """Let `work` launch on the stream of this handle; equal keys promise equal launches."""
        ...


class SideStream:
    """Launches every time; for libraries that make CUDA graphs themselves."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = torch.cuda.Stream(device)

    def run(self, work: Callable[[int], None], *, key: Hashable) -> None:
        current = torch.cuda.current_stream(self._device)
        self._stream.wait_stream(current)
        work(self._stream.cuda_stream)
        # Memory that the caller lets go of is handed out on the current stream, so after this.
        current.wait_stream(self._stream)


class RecordingStream:
    """Launches what is new, records what comes again, and replays it from then on."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = torch.cuda.Stream(device)
        self._graphs: dict[Hashable, torch.cuda.CUDAGraph | None] = {}

    def run(self, work: Callable[[int], None], *, key: Hashable) -> None:
        current = torch.cuda.current_stream(self._device)
        self._stream.wait_stream(current)
        with torch.cuda.stream(self._stream):
            self._launch(work, key)
        current.wait_stream(self._stream)

    def _launch(self, work: Callable[[int], None], key: Hashable) -> None:
        if key not in self._graphs:
            self._remember(key)
            work(self._stream.cuda_stream)
            return
        graph = self._graphs[key]
        if graph is None:
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, stream=self._stream, capture_error_mode="thread_local"):
                work(self._stream.cuda_stream)
            self._graphs[key] = graph
        graph.replay()

    def _remember(self, key: Hashable) -> None:
        """Seen once; the oldest is forgotten."""
        if len(self._graphs) == MOST_GRAPHS:
            del self._graphs[next(iter(self._graphs))]
        self._graphs[key] = None
