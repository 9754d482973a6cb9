"""A bounded queue between two threads that either end can close."""

from collections import deque
from collections.abc import Iterator
from threading import Condition
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Channel(Generic[Item]):
    """Hands items over in order; holds at most `capacity`, so that a fast producer waits for its consumer.

    Closing wakes both ends. What was put before is still delivered; an error given to `close`
    is raised at the consumer after it.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._items: deque[Item] = deque()
        self._changed = Condition()
        self._is_closed = False
        self._error: BaseException | None = None

    def put(self, item: Item) -> bool:
        """Wait for room and hand the item over; False when the channel is closed and nobody will take it."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or len(self._items) < self._capacity)
            if self._is_closed:
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    def __iter__(self) -> Iterator[Item]:
        """The items until the channel is closed and empty."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_closed or bool(self._items))
                if not self._items:
                    break
                item = self._items.popleft()
                self._changed.notify_all()
            yield item
        if self._error is not None:
            raise self._error

    def close(self, error: BaseException | None = None) -> None:
        """No more items will come. May be called by either end, and again."""
        with self._changed:
            if not self._is_closed:
                self._is_closed = True
                self._error = error
                self._changed.notify_all()

    def drop(self) -> None:
        """Close, and forget what nobody has taken."""
        with self._changed:
            self._items.clear()
        self.close()
