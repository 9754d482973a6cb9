"""What is going on while files are animated, for bars and logs."""

from collections.abc import Callable
from typing import Literal, TypeAlias

from liveportrait.media.progress import Progress, silent

Phase: TypeAlias = Literal["finding the driver", "reading the driver", "following the source", "animating"]

PhaseProgress: TypeAlias = Callable[[Phase], Progress]
"""Called when a phase begins; what it returns is called after every frame, and may raise `CancelledError`."""


def silently(_phase: Phase) -> Progress:
    """Tell nobody."""
    return silent
