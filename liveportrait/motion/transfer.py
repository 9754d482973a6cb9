"""One head moves as another does.

Both functions move everything; `regions` then keeps what shall not move. Any of the motions may be a
single frame, which then stands for all frames of the others.
"""

from dataclasses import replace
from typing import Literal, assert_never

from liveportrait.motion.state import Motion

MotionMode = Literal["relative", "absolute"]
"""relative: the source changes as the driver has changed since the anchor; absolute: it does what the
driver does."""


def transfer(source: Motion, driving: Motion, anchor: Motion, *, mode: MotionMode) -> Motion:
    """The source's head, moved by the driver; absolute motion needs no anchor and ignores it."""
    match mode:
        case "relative":
            return transfer_relative(source, driving, anchor)
        case "absolute":
            return transfer_absolute(source, driving)
        case _:
            assert_never(mode)


def transfer_relative(source: Motion, driving: Motion, anchor: Motion) -> Motion:
    """Give the source the change from `anchor` to `driving`.

    The anchor is the driver's zero, usually its first frame: a driver who starts out smiling does not
    make the source smile.
    """
    source, driving, anchor = same_length(source, driving, anchor)
    return replace(
        source,
        rotation=driving.rotation @ anchor.rotation.mT @ source.rotation,
        expression=source.expression + driving.expression - anchor.expression,
        scale=source.scale * driving.scale / anchor.scale,
        translation=source.translation + driving.translation - anchor.translation,
    )


def transfer_absolute(source: Motion, driving: Motion) -> Motion:
    """Give the source all that the driver does; it keeps its size and its canonical keypoints."""
    source, driving = same_length(source, driving)
    return replace(driving, scale=source.scale, canonical_keypoints=source.canonical_keypoints)


def same_length(*motions: Motion) -> tuple[Motion, ...]:
    """Repeat the single frames among `motions` as often as the longest one has frames."""
    length = max(len(motion) for motion in motions)
    return tuple(motion.expand(length) for motion in motions)
