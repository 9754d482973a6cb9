"""Templates: what they check, how they fit another model, and their file."""

import json
from collections.abc import Callable
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import load, save
from torch import Tensor

from liveportrait.errors import LivePortraitError, TemplateError
from liveportrait.motion.openings import Openings
from liveportrait.motion.released_spaces import human_space
from liveportrait.motion.settings import TransferSettings
from liveportrait.motion.state import Motion
from liveportrait.motion.template import MotionTemplate, fit_to_model, resampled
from liveportrait.motion.template_file import load_template, save_template
from tests.motion.samples import random_motion, random_openings

NTSC = Fraction(30000, 1001)
HUMAN = human_space()
OTHER = replace(HUMAN, model_id="other")
TEMPLATE = MotionTemplate(
    model_id="human",
    fps=NTSC,
    motion=random_motion(seed=0, num_frames=4),
    openings=random_openings(seed=0, num_frames=4),
    note="made up for tests",
)


def arrays_of(template: MotionTemplate) -> list[Tensor]:
    parts: list[Motion | Openings | None] = [template.motion, template.openings]
    return [getattr(part, field.name) for part in parts if part is not None for field in fields(part)]


@pytest.mark.parametrize("template", [TEMPLATE, replace(TEMPLATE, openings=None)], ids=["ratios", "none"])
def test_a_template_survives_its_file_to_the_last_bit(tmp_path: Path, template: MotionTemplate) -> None:
    path = tmp_path / "walk 'n' \u00fc talk.safetensors"
    save_template(template, path)
    loaded = load_template(path)
    assert (loaded.model_id, loaded.fps, loaded.note) == ("human", NTSC, "made up for tests")
    pairs = list(zip(arrays_of(loaded), arrays_of(template), strict=True))
    assert pairs and all(torch.equal(one, other) for one, other in pairs)


def test_repeated_frames_can_be_saved(tmp_path: Path) -> None:
    """An expanded motion shares its memory, which safetensors does not take."""
    still = replace(TEMPLATE, motion=random_motion(seed=0).expand(7), openings=None)
    save_template(still, tmp_path / "still.safetensors")
    assert load_template(tmp_path / "still.safetensors").num_frames == 7


def test_a_file_tells_its_conventions_and_holds_nothing_but_numbers(tmp_path: Path) -> None:
    path = tmp_path / "t.safetensors"
    save_template(TEMPLATE, path)
    with safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()["template"])
    assert header["fps"] == "30000/1001" and header["version"] == 1
    assert "row vectors" in header["conventions"]


def test_a_loaded_template_does_not_hang_on_its_file(tmp_path: Path) -> None:
    path = tmp_path / "t.safetensors"
    save_template(TEMPLATE, path)
    loaded = load_template(path)
    path.write_bytes(b"\0" * path.stat().st_size)
    assert torch.equal(loaded.motion.expression, TEMPLATE.motion.expression)


def test_saving_replaces_a_template_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "t.safetensors"
    save_template(TEMPLATE, path)
    save_template(replace(TEMPLATE, note="second"), path)
    assert load_template(path).note == "second"
    assert [entry.name for entry in tmp_path.iterdir()] == ["t.safetensors"]


@given(st.floats(0, 1, exclude_max=True))
def test_a_cut_file_is_refused(tmp_path_factory: pytest.TempPathFactory, part: float) -> None:
    whole = tmp_path_factory.getbasetemp() / "whole.safetensors"
    if not whole.exists():
        save_template(TEMPLATE, whole)
    data = whole.read_bytes()
    cut = whole.with_name("cut.safetensors")
    cut.write_bytes(data[: int(part * len(data))])
    with pytest.raises(LivePortraitError):
        load_template(cut)


def cut_to_nothing(arrays: dict[str, Tensor]) -> None:
    for name, array in arrays.items():
        arrays[name] = array[:0].clone()


def changed(path: Path, change: Callable[[dict[str, Any], dict[str, Tensor]], Any]) -> Path:
    """A template's file after `change` had its header and arrays."""
    save_template(TEMPLATE, path)
    arrays = load(path.read_bytes())
    with safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()["template"])
    change(header, arrays)
    path.write_bytes(save(arrays, metadata={"template": json.dumps(header)}))
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda header, arrays: header.update(version=2), "version is 2"),
        (lambda header, arrays: header.update(kind="model"), "no motion template"),
        (lambda header, arrays: header.pop("model_id"), "model_id"),
        (lambda header, arrays: header.update(fps=25), "fps"),
        (lambda header, arrays: header.update(fps="0"), "1000 frames"),
        (lambda header, arrays: header.update(fps="1e999999999"), "fraction"),
        (lambda header, arrays: header.update(fps="1/0"), "fraction"),
        (lambda header, arrays: header.update(fps="-25"), "fraction"),
        (lambda header, arrays: arrays.pop("scale"), "scale"),
        (lambda header, arrays: arrays.pop("eye_open_ratio"), "lip_open_ratio"),
        (lambda header, arrays: arrays.update(pixels=torch.zeros(2)), "pixels"),
        (lambda header, arrays: arrays.update(scale=torch.ones(5, 1)), "scale"),
        (lambda header, arrays: arrays.update(scale=torch.ones(4)), "scale"),
        (lambda header, arrays: arrays.update(scale=torch.ones(4, 1).double()), "float64"),
        (lambda header, arrays: arrays.update(canonical_keypoints=torch.zeros(4, 20, 3)), "canonical"),
        (lambda header, arrays: arrays["expression"].fill_(float("nan")), "expression holds"),
        (lambda header, arrays: arrays["translation"][0].fill_(float("inf")), "translation holds"),
        (lambda header, arrays: arrays["eye_open_ratio"].fill_(float("nan")), "openings"),
        (lambda header, arrays: arrays["rotation"].mul_(1.1), "rotations"),
        (lambda header, arrays: arrays["rotation"].neg_(), "rotations"),
        (lambda header, arrays: arrays["scale"].neg_(), "above 0"),
        (lambda header, arrays: cut_to_nothing(arrays), "least one"),
    ],
)
def test_a_wrong_file_is_refused_by_name(
    tmp_path: Path, change: Callable[[dict[str, Any], dict[str, Tensor]], Any], message: str
) -> None:
    path = changed(tmp_path / "t.safetensors", change)
    with pytest.raises(TemplateError, match=message) as failure:
        load_template(path)
    assert str(failure.value).count(str(path)) == 1


@pytest.mark.parametrize("content", [b"", b"nothing", b"\xff" * 64, b"\x80\x04N."])
def test_what_is_no_safetensors_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.safetensors"
    path.write_bytes(content)
    with pytest.raises(LivePortraitError, match=r"t\.safetensors"):
        load_template(path)


def test_weights_are_no_template(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(save({"weight": torch.zeros(2)}))
    with pytest.raises(TemplateError, match="no motion template"):
        load_template(path)


def test_a_template_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(LivePortraitError):
        save_template(TEMPLATE, tmp_path / "missing" / "t.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_the_same_model_takes_it_as_it_is() -> None:
    assert fit_to_model(TEMPLATE, HUMAN, settings=TransferSettings()) is TEMPLATE


@pytest.mark.parametrize(
    "settings",
    [
        TransferSettings(region="pose"),
        TransferSettings(lips="retargeted"),
        TransferSettings(eyes="retargeted"),
    ],
)
def test_another_model_takes_what_means_the_same_for_it(settings: TransferSettings) -> None:
    fitted = fit_to_model(TEMPLATE, OTHER, settings=settings)
    assert fitted.model_id == "other" and fitted.openings is TEMPLATE.openings
    assert torch.equal(fitted.motion.rotation, TEMPLATE.motion.rotation)
    assert torch.equal(fitted.motion.translation, TEMPLATE.motion.translation)
    assert torch.equal(fitted.motion.expression, OTHER.neutral_expression.expand(4, -1, -1))


@pytest.mark.parametrize(
    "settings",
    [
        TransferSettings(),
        TransferSettings(region="expression"),
        TransferSettings(region="lips"),
        TransferSettings(motion="absolute", lips="retargeted"),
    ],
)
def test_another_model_does_not_take_the_expression(settings: TransferSettings) -> None:
    with pytest.raises(TemplateError, match="'human'.*'other' cannot read.*region 'pose'"):
        fit_to_model(TEMPLATE, OTHER, settings=settings)


def test_a_model_of_the_same_name_with_other_keypoints_is_told_apart() -> None:
    template = replace(TEMPLATE, motion=random_motion(seed=0, num_frames=4, num_keypoints=10))
    with pytest.raises(TemplateError, match="10 keypoints"):
        fit_to_model(template, HUMAN, settings=TransferSettings())


def test_openings_must_be_as_many_as_frames() -> None:
    with pytest.raises(TemplateError, match="3 of openings"):
        replace(TEMPLATE, openings=random_openings(seed=0, num_frames=3))


@given(st.integers(1, 300), st.sampled_from([Fraction(25), NTSC, Fraction(60), Fraction(12)]))
def test_another_rate_shows_every_moment_when_it_was(num_frames: int, fps: Fraction) -> None:
    """The frame numbers are written into the scale, so that the result tells what it took."""
    numbers = torch.arange(1.0, num_frames + 1)[:, None]
    motion = replace(random_motion(seed=0).expand(num_frames), scale=numbers)
    at_other_rate = resampled(MotionTemplate(model_id="human", fps=NTSC, motion=motion), fps)
    if num_frames == 1:
        assert at_other_rate.num_frames == 1
        return
    shown = at_other_rate.motion.scale[:, 0] - 1
    middles = (torch.arange(at_other_rate.num_frames) + 0.5) / float(fps) * float(NTSC)
    assert at_other_rate.fps == fps
    assert abs(at_other_rate.num_frames / fps - num_frames / NTSC) <= 1 / (2 * fps)
    during = (shown <= middles + 1e-3) & (middles <= shown + 1 + 1e-3)
    assert (during | (shown == num_frames - 1)).all()


def test_twice_the_rate_shows_every_frame_twice() -> None:
    twice = resampled(TEMPLATE, 2 * NTSC)
    assert twice.openings is not None and TEMPLATE.openings is not None
    assert torch.equal(twice.motion.expression, TEMPLATE.motion.expression.repeat_interleave(2, dim=0))
    assert torch.equal(twice.openings.eyes, TEMPLATE.openings.eyes.repeat_interleave(2, dim=0))


def test_duration_is_exact() -> None:
    assert TEMPLATE.duration_seconds == pytest.approx(4 * 1001 / 30000, abs=1e-15)
