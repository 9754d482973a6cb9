"""How far the work is: a callback, so that a bar, a log and a web page can listen alike."""

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar, runtime_checkable

Item = TypeVar("Item")


@runtime_checkable
class Progress(Protocol):
    """Called after every frame. It may raise `CancelledError`: the work stops, and leaves nothing behind."""

    def __call__(self, done: int, total: int | None) -> None:
        """`done` of `total` frames are through; `total` is None where nobody knows, and may be wrong."""
        ...


def silent(done: int, total: int | None) -> None:
    """Tell nobody."""


def reported(items: Iterable[Item], progress: Progress, *, total: int | None) -> Iterator[Item]:
    """Pass the items on; report each one when the consumer comes back for the next."""
    progress(0, total)
    for done, item in enumerate(items, start=1):
        yield item
        progress(done, total)
