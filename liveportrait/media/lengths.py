"""What to do when the source video and the driving differ in length."""

from typing import Literal, TypeAlias

LengthPolicy: TypeAlias = Literal["cut", "loop", "ping_pong", "hold"]
"""`cut` ends with the shorter one. The others go on to the end of the longer one, for which the
shorter one starts over, runs backwards and forwards, or stands still at its last frame."""


def frame_at(position: int, num_frames: int, policy: LengthPolicy) -> int:
    """Which of the frames 0..`num_frames` - 1 stands at a position of the result.

    Running back and forth shows the frames at the turns once.
    """
    assert position >= 0 < num_frames
    match policy:
        case "cut":
            if position >= num_frames:
                raise IndexError(f"position {position} lies behind the cut at {num_frames}")
            return position
        case "hold":
            return min(position, num_frames - 1)
        case "loop":
            return position % num_frames
        case "ping_pong":
            there_and_back = max(1, 2 * (num_frames - 1))
            phase = position % there_and_back
            return min(phase, there_and_back - phase)
