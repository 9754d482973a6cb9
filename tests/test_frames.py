"""What is handed in as a frame and is none, in words that help."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from liveportrait.animator import Animator
from liveportrait.errors import SettingError
from liveportrait.frames import check_frame
from liveportrait.media.opening import open_sink
from liveportrait.media.picture_files import save_picture
from liveportrait.media.protocol import Frame, VideoInfo
from tests.portraits import portrait

Call = Callable[[Any], object]

NO_FRAMES = [
    (portrait() / np.float32(255), r"float32.*255"),
    (portrait()[:, :, 0], r"\(160, 160\).*np\.stack"),
    (np.zeros((8, 8, 4), np.uint8), r"\(8, 8, 4\).*alpha"),
    (np.zeros((3, 8, 8), np.uint8), r"\(3, 8, 8\).*come last"),
    (np.zeros((0, 8, 3), np.uint8), "empty"),
    (Image.fromarray(portrait()), r"PIL\.Image\.Image\. .*convert"),
    (torch.zeros(3, 8, 8), r"torch\.Tensor of torch\.float32.*permute"),
    ("portrait.jpg", r"builtins\.str.*read_image"),
]


@pytest.mark.parametrize(("frame", "words"), NO_FRAMES)
def test_what_is_no_frame_is_refused_in_words(frame: object, words: str) -> None:
    with pytest.raises(SettingError, match=f"^driving: expected an RGB frame.*{words}"):
        check_frame(frame, name="driving")


@pytest.mark.parametrize("frame", [portrait(), portrait()[:, :, ::-1], portrait()[::2, ::2]])
def test_a_frame_may_lie_in_memory_as_it_likes(tiny_animator: Animator, frame: np.ndarray) -> None:
    check_frame(frame)
    source = tiny_animator.prepare(frame)
    drawn = tiny_animator.step(source, frame, tiny_animator.start())
    again = tiny_animator.prepare(np.ascontiguousarray(frame))
    assert np.array_equal(drawn.frame, tiny_animator.step(again, frame.copy(), tiny_animator.start()).frame)


@pytest.mark.usefixtures("types_unchecked")
@pytest.mark.parametrize("entrance", ["prepare", "prepare_at", "step", "onto", "draw", "save", "sink"])
def test_every_entrance_looks_at_its_frames(entrance: str, tiny_animator: Animator, tmp_path: Path) -> None:
    grey, animator = portrait()[:, :, 0], tiny_animator
    source, state = animator.prepare(portrait()), animator.start()
    (face,) = animator.analyzer.detect(portrait())
    square = animator.start().reader.square_of(portrait(), face)

    def write(frame: Any) -> None:
        info = VideoInfo(size_wh=(160, 160), fps=Fraction(25))
        with open_sink(tmp_path / "grey.mp4", like=info) as sink:
            sink.write(Frame(image=frame, index=0, pts_seconds=Fraction(0)))

    calls: dict[str, Call] = {
        "prepare": animator.prepare,
        "prepare_at": lambda frame: animator.prepare_at(frame, square),
        "step": lambda frame: animator.step(source, frame, state),
        "onto": lambda frame: animator.step(source, portrait(), state, onto=frame),
        "draw": lambda frame: animator.draw(source, source.keypoints, onto=frame),
        "save": lambda frame: save_picture(frame, tmp_path / "grey.png"),
        "sink": write,
    }
    with pytest.raises(SettingError, match="expected an RGB frame"):
        calls[entrance](grey)
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("types_unchecked")
def test_a_frame_to_paste_into_has_the_size_of_the_source(tiny_animator: Animator) -> None:
    source = tiny_animator.prepare(portrait())
    with pytest.raises(SettingError, match="onto: .*160 x 160.*80 x 80"):
        tiny_animator.step(source, portrait(), tiny_animator.start(), onto=portrait()[:80, :80])
