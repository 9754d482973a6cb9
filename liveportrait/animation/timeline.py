"""When the frames of a result appear, and which frame of a driver is shown then: by time, not by number.

At variable rates frames of one number drift apart, and the lips from the sound.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, count, repeat, takewhile
from typing import NamedTuple

from liveportrait.animation.recording import FrameTime
from liveportrait.media.lengths import LengthPolicy, frame_at


class _Shown(NamedTuple):
    """A frame on its way through the result."""

    pts_seconds: Fraction
    seconds: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The times of a video's frames, in order."""

    times: Sequence[FrameTime]
    step: Fraction
    """Mean time from frame to frame, in seconds; a frame whose duration nobody knows lasts so long."""

    @property
    def end_seconds(self) -> Fraction:
        """When the last frame goes."""
        return self.times[-1].pts_seconds + self._duration_of(-1)

    def moments_before(self, end_seconds: Fraction, policy: LengthPolicy) -> list[Fraction]:
        """When the frames appear that do so clearly before an end, where the video goes on by the policy."""
        shown = self._shown(policy)
        begun = takewhile(lambda one: one.pts_seconds + min(one.seconds, self.step) / 2 < end_seconds, shown)
        return [one.pts_seconds for one in begun] or [self.times[0].pts_seconds]

    def positions_at(self, moments: Sequence[Fraction], policy: LengthPolicy) -> list[int]:
        """Which frame is shown at each moment, counted on where the video goes on by the policy.

        It is the newest one, or one that is not more than half a step ahead: times may be rounded.
        """
        shown = chain(self._shown(policy), repeat(None))
        position, _, following = 0, next(shown), next(shown)
        positions = []
        for moment in moments:
            while following is not None and following.pts_seconds <= moment + self.step / 2:
                position, following = position + 1, next(shown)
            positions.append(position)
        return positions

    def _shown(self, policy: LengthPolicy) -> Iterator[_Shown]:
        """As `media.extension` has it: a frame that does not follow begins when the one before it goes."""
        end, shift, previous = Fraction(0), Fraction(0), -1
        for position in range(len(self.times)) if policy == "cut" else count():
            index = frame_at(position, len(self.times), policy)
            if index != previous + 1:
                shift = end - self.times[index].pts_seconds
            shown = _Shown(self.times[index].pts_seconds + shift, self._duration_of(index))
            yield shown
            end, previous = shown.pts_seconds + shown.seconds, index

    def _duration_of(self, index: int) -> Fraction:
        return self.times[index].duration_seconds or self.step
