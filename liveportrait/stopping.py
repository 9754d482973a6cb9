"""Long work that ends in order when it is asked to."""

import logging
import signal
import threading
from types import FrameType, TracebackType
from typing import Protocol, runtime_checkable

logger = logging.getLogger(__name__)


@runtime_checkable
class StopSignal(Protocol):
    """Asked between two pieces of work."""

    @property
    def is_set(self) -> bool:
        """Whether to finish what is at hand and end."""
        ...


class StopRequest:
    """While entered, Ctrl-C and SIGTERM ask for an orderly end; a second Ctrl-C interrupts at once."""

    def __init__(self) -> None:
        self.is_set = False
        self._before: dict[int, object] = {}

    def __enter__(self) -> "StopRequest":
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # pyright: ignore[reportArgumentType]

    def _ask(self, number: int, _frame: FrameType | None) -> None:
        if self.is_set and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.is_set = True
        logger.info("%s: what is at hand is finished, then the work stops", signal.Signals(number).name)
