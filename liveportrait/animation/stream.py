"""A driver that is followed as it comes: while one frame is drawn, the next one is being read."""

from collections.abc import Generator, Iterable, Iterator
from typing import NamedTuple

import torch

from liveportrait.animator import Animator
from liveportrait.driving import DrivingReader
from liveportrait.media.background import read_ahead
from liveportrait.media.protocol import Frame
from liveportrait.motion.composition import DrivingFace
from liveportrait.stepping import AnimationState, Source, Step

READ_DEPTH = 2
"""Frames that are read and not drawn yet: each is one frame of delay."""


class Streamed(NamedTuple):
    """A driving frame and what became of it."""

    driving: Frame
    step: Step


def animate_stream(
    animator: Animator, source: Source, driving: Iterable[Frame], state: AnimationState
) -> Generator[Streamed, None, None]:
    """What `Animator.step` makes of each frame, in order; decoding, reading and drawing each have a thread.

    The state is the stream's until its end. Closing the iterator, an error in any thread and Ctrl-C
    end all of them.
    """
    for frame, face in read_ahead(_faces(state.reader, driving), depth=READ_DEPTH):
        yield Streamed(frame, animator.step(source, face, state, pts_seconds=frame.pts_seconds))


def _faces(reader: DrivingReader, driving: Iterable[Frame]) -> Iterator[tuple[Frame, DrivingFace | None]]:
    for frame in read_ahead(driving):
        yield frame, _read(reader, frame)


@torch.inference_mode()  # of a thread, so it is entered in this one
def _read(reader: DrivingReader, frame: Frame) -> DrivingFace | None:
    return reader.read(frame.image)
