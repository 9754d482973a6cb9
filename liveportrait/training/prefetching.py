"""Batches made ahead in the background, in the same order as without."""

import queue
import threading
from collections.abc import Iterator
from typing import Protocol, TypeAlias, runtime_checkable

from liveportrait.training.checkpointing import State
from liveportrait.training.pairs import PairBatch


@runtime_checkable
class BatchSampler(Protocol):
    """An endless stream of batches that can be put back to where it stood."""

    def __iter__(self) -> Iterator[PairBatch]: ...

    def state_dict(self) -> State: ...

    def load_state_dict(self, state: State, /) -> None: ...


Made: TypeAlias = tuple[PairBatch, State]
"""A batch, and where the sampler stood after it."""


class Prefetcher:
    """Takes the sampler over; its state is that of the last batch taken, not of the last made."""

    def __init__(self, sampler: BatchSampler, *, depth: int = 4) -> None:
        self._sampler, self._depth = sampler, depth
        self._state: State = sampler.state_dict()
        self._worker: _Worker | None = None

    def take(self) -> PairBatch:
        """The next batch. What goes wrong while it is made is raised here."""
        if self._worker is None:
            self._worker = _Worker(self._sampler, self._depth)
        batch, self._state = self._worker.take()
        return batch

    def state_dict(self) -> State:
        return self._state

    def load_state_dict(self, state: State, /) -> None:
        self.close()
        self._sampler.load_state_dict(state)
        self._state = state

    def close(self) -> None:
        """End the background thread; a batch taken later starts it anew where the last one stood."""
        if self._worker is not None:
            self._worker.stop()
            self._worker = None
            self._sampler.load_state_dict(self._state)


class _Worker:
    """One thread and its queue."""

    def __init__(self, sampler: BatchSampler, depth: int) -> None:
        self._sampler = sampler
        self._made: queue.Queue[Made | Exception] = queue.Queue(depth)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="prefetching", daemon=True)
        self._thread.start()

    def take(self) -> Made:
        made = self._made.get()
        if isinstance(made, Exception):
            raise made
        return made

    def stop(self) -> None:
        self._stop.set()
        while self._thread.is_alive():
            self._drain()
            self._thread.join(timeout=0.05)

    def _run(self) -> None:
        try:
            for batch in self._sampler:
                if self._stop.is_set():
                    return
                self._made.put((batch, self._sampler.state_dict()))
        except Exception as fault:  # raised where the batch is taken
            self._made.put(fault)

    def _drain(self) -> None:
        while not self._made.empty():
            self._made.get_nowait()
