"""Frames through threads: nothing is changed, lost or left behind."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Literal

import numpy as np
import pytest
import torch

from liveportrait.animation.stream import READ_DEPTH, animate_stream
from liveportrait.animator import Animator
from liveportrait.errors import NoFaceError
from liveportrait.media.background import DEPTH
from liveportrait.media.protocol import Frame
from liveportrait.stepping import AnimationSettings, Source
from tests.portraits import portrait, swaying, wall


@pytest.fixture(scope="module")
def source(tiny_animator: Animator) -> Source:
    return tiny_animator.prepare(portrait())


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = threading.active_count()
    yield
    assert threading.active_count() == before


def frames_of(pictures: list[np.ndarray]) -> Iterator[Frame]:
    for index, picture in enumerate(pictures):
        yield Frame(image=picture, index=index, pts_seconds=Fraction(index, 25))


@pytest.mark.parametrize("smoothing", ["none", "live"])
def test_every_frame_is_that_of_a_step(
    tiny_animator: Animator, source: Source, smoothing: Literal["none", "live"]
) -> None:
    """To the last bit, also where the face is missing for a while."""
    animator = replace(tiny_animator, settings=AnimationSettings(smoothing=smoothing))
    pictures = swaying(5)
    pictures[3] = wall()
    streamed = list(animate_stream(animator, source, frames_of(pictures), animator.start()))
    state = animator.start()
    assert [one.driving.index for one in streamed] == [0, 1, 2, 3, 4]
    for one, picture in zip(streamed, pictures, strict=True):
        step = animator.step(source, picture, state, pts_seconds=float(one.driving.pts_seconds))
        assert np.array_equal(one.step.frame, step.frame)
        assert torch.equal(one.step.kp_driving, step.kp_driving)


def test_an_error_of_the_driver_arrives_after_the_frames_before_it(
    tiny_animator: Animator, source: Source
) -> None:
    def broken() -> Iterator[Frame]:
        yield from frames_of(swaying(2))
        raise OSError("unplugged")

    seen = []
    with pytest.raises(OSError, match="unplugged"):
        seen.extend(animate_stream(tiny_animator, source, broken(), tiny_animator.start()))
    drawn = animate_stream(tiny_animator, source, broken(), tiny_animator.start())
    assert [next(drawn).driving.index, next(drawn).driving.index] == [0, 1]
    drawn.close()


def test_an_error_of_a_step_ends_all_threads(tiny_animator: Animator, source: Source) -> None:
    animator = replace(tiny_animator, settings=AnimationSettings(no_face="raise"))
    with pytest.raises(NoFaceError):
        list(animate_stream(animator, source, frames_of([portrait(), wall()]), animator.start()))


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
def test_ctrl_c_ends_all_threads(
    tiny_animator: Animator, source: Source, interruption: type[BaseException]
) -> None:
    """Raised where the frames are taken, as Ctrl-C is; the driver has no end and is let go of."""
    closed = threading.Event()

    def endless() -> Iterator[Frame]:
        try:
            while True:
                yield from frames_of(swaying(3))
        finally:
            closed.set()

    drawn = animate_stream(tiny_animator, source, endless(), tiny_animator.start())
    next(drawn)
    with pytest.raises(interruption):
        drawn.throw(interruption)
    assert closed.wait(5)


def test_no_more_is_read_than_fits(tiny_animator: Animator, source: Source) -> None:
    taken = []

    def counted() -> Iterator[Frame]:
        for frame in frames_of(swaying(3) * 10):
            taken.append(frame.index)
            yield frame

    drawn = animate_stream(tiny_animator, source, counted(), tiny_animator.start())
    next(drawn)
    threading.Event().wait(0.5)
    # One at each of the two threads' hands beside what waits in the two queues.
    assert len(taken) <= 1 + READ_DEPTH + 1 + DEPTH + 1
    drawn.close()
