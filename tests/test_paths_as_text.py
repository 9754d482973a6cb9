"""Public functions take the place of a file as a str, as a Path, or as anything that says where it is."""

from pathlib import Path

import numpy as np
import pytest

import liveportrait
from liveportrait.animation.edited_pictures import edit_picture
from liveportrait.animation.roles import roles_of
from liveportrait.animator import Animator
from liveportrait.motion.edit import Edit
from tests.portraits import portrait, swaying, write_picture, write_video


class Place:
    """Not a `Path`, and a place all the same."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)

    def __fspath__(self) -> str:
        return self._path


@pytest.mark.parametrize("kind", [str, Place])
def test_pictures_templates_and_edits(kind: type, tmp_path: Path) -> None:
    picture, edit = tmp_path / "a.png", tmp_path / "a.json"
    liveportrait.save_picture(portrait(), kind(picture))
    assert np.array_equal(liveportrait.read_image(kind(picture)).image, portrait())
    with liveportrait.open_source(kind(picture)) as source:
        (frame,) = source
        with liveportrait.open_sink(kind(tmp_path / "b.png"), like=source.info) as sink:
            sink.write(frame)
    assert np.array_equal(liveportrait.read_image(tmp_path / "b.png").image, portrait())
    assert liveportrait.read_generated_mark(kind(picture)) is not None
    liveportrait.save_edit(Edit(smile=0.5), kind(edit))
    assert liveportrait.load_edit(kind(edit)) == Edit(smile=0.5)


@pytest.mark.parametrize("kind", [str, Place])
def test_animations(kind: type, tiny_animator: Animator, tmp_path: Path) -> None:
    picture = write_picture(tmp_path / "a.png", portrait())
    driving = write_video(tmp_path / "d.mp4", swaying(2))
    roles = roles_of(tiny_animator.analyzer, kind(picture), kind(driving), faces="largest")
    assert [role.driving_path for role in roles] == [driving]
    made = liveportrait.animate_file(tiny_animator, kind(picture), roles, kind(tmp_path / "o.mp4"))
    assert made.output == tmp_path / "o.mp4"
    template = liveportrait.template_of(tiny_animator, kind(driving))
    liveportrait.save_template(template, kind(tmp_path / "t.safetensors"))
    assert len(liveportrait.load_template(kind(tmp_path / "t.safetensors")).motion) == 2
    edit_picture(tiny_animator, kind(picture), Edit(yaw_deg=5.0), kind(tmp_path / "e.png"))
    assert (tmp_path / "e.png").exists()
