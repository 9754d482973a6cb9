"""When a run ends before its last step: a signal, a time budget; and when it waits."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType

logger = logging.getLogger(__name__)

PAUSE_POLL_SECONDS = 1.0


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
        logger.info("%s: the step at hand is finished, then the run is saved", signal.Signals(number).name)


class WorkingTime:
    """How long a run has worked; pauses do not count."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._start = now()
        self._paused = 0.0

    @property
    def minutes(self) -> float:
        return (self._now() - self._start - self._paused) / 60

    def wait_while(self, pause_file: Path | None, request: StopRequest) -> None:
        """Sleep as long as the file is there, unless the run is asked to stop."""
        if pause_file is None or not pause_file.exists():
            return
        logger.info("paused until %s is gone", pause_file)
        began = self._now()
        while pause_file.exists() and not request.is_set:
            time.sleep(PAUSE_POLL_SECONDS)
        self._paused += self._now() - began
