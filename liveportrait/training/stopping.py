"""How long a run may work, and when it waits."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from lightning_fabric import Fabric

from liveportrait.stopping import StopRequest
from liveportrait.training.agreement import any_says

logger = logging.getLogger(__name__)

PAUSE_POLL_SECONDS = 1.0


class WorkingTime:
    """How long a run has worked; pauses do not count."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._start = now()
        self._paused = 0.0

    @property
    def minutes(self) -> float:
        return (self._now() - self._start - self._paused) / 60

    def wait_while(self, pause_file: Path | None, request: StopRequest, fabric: Fabric) -> None:
        """Sleep as long as the file is there, unless the run is asked to stop.

        All processes or none: one that went on would wait for the others inside a step, where
        it gives up after a while.
        """
        if pause_file is None or not any_says(fabric, yes=pause_file.exists()):
            return
        logger.info("paused until %s is gone", pause_file)
        began = self._now()
        while any_says(fabric, yes=pause_file.exists()) and not any_says(fabric, yes=request.is_set):
            time.sleep(PAUSE_POLL_SECONDS)
        self._paused += self._now() - began
