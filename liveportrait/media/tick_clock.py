"""Times of frames as whole ticks of a file."""

from fractions import Fraction


class TickClock:
    """Rounds each time by itself, so that errors never add up; two frames never share a tick."""

    def __init__(self, time_base: Fraction) -> None:
        self._time_base = time_base
        self._last: int | None = None

    def ticks(self, pts_seconds: Fraction) -> int:
        """The tick nearest to this time, or the first one that is free."""
        nearest = round(pts_seconds / self._time_base)
        if self._last is not None and nearest <= self._last:
            nearest = self._last + 1
        self._last = nearest
        return nearest
