"""Expression spaces: the released one, sliders that a model has or lacks, and the file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from liveportrait.errors import LivePortraitError, SettingError, TemplateError
from liveportrait.motion.edit import RANGES
from liveportrait.motion.released_spaces import animal_space, human_space
from liveportrait.motion.space import SLIDER_NAMES, ExpressionSpace
from liveportrait.motion.space_file import load_expression_space, save_expression_space

HUMAN, ANIMAL = human_space(), animal_space()


def test_the_released_model_has_every_slider_of_the_editor() -> None:
    assert HUMAN.slider_names == SLIDER_NAMES
    assert RANGES.keys() >= set(SLIDER_NAMES)


def test_index_sets_are_the_released_ones() -> None:
    space = HUMAN
    assert space.lip_mask.all(dim=1).nonzero().flatten().tolist() == [6, 12, 14, 17, 19, 20]
    assert space.eye_mask.all(dim=1).nonzero().flatten().tolist() == [11, 13, 15, 16, 18]
    whole = [1, 2, 6, *range(11, 21)]
    assert space.expression_mask.all(dim=1).nonzero().flatten().tolist() == whole
    rest = space.expression_mask.clone()
    rest[whole] = False
    assert rest.nonzero().tolist() == [[3, 1], [4, 1], [5, 2], [8, 2], [9, 1], [9, 2]]


def test_a_blink_closes_both_lids_as_a_wink_closes_one() -> None:
    space = HUMAN
    blink, wink = space.slider("blink").positive, space.slider("wink").positive
    assert torch.equal(blink[[11, 13]], wink[[11, 13]])
    assert_close(blink[15], blink[11])
    assert_close(blink[16], blink[13])


@given(st.floats(0, 1))
def test_a_slider_is_straight_on_each_side(value: float) -> None:
    brow = HUMAN.slider("brow")
    assert_close(brow.offset(value), value * brow.positive)
    assert_close(brow.offset(-value), value * brow.negative)


def test_sliders_add_up() -> None:
    space = HUMAN
    both = space.offset({"smile": 0.5, "gaze_x": -1.0})
    assert_close(both, space.slider("smile").offset(0.5) + space.slider("gaze_x").offset(-1.0))


def test_a_slider_that_the_model_lacks_is_named_with_those_it_has() -> None:
    with pytest.raises(SettingError, match="'animal' has no slider 'smile'; it has: none"):
        ANIMAL.offset({"smile": 0.5})
    assert not ANIMAL.offset({"smile": 0.0}).any()


def test_a_space_moves_to_a_device_as_a_whole() -> None:
    space = HUMAN.to("meta")
    tensors = [space.lip_mask, space.eye_mask, space.expression_mask, space.neutral_expression]
    tensors += [side for slider in space.sliders for side in (slider.positive, slider.negative)]
    assert {tensor.device.type for tensor in tensors} == {"meta"}


def same(first: ExpressionSpace, second: ExpressionSpace) -> bool:
    names = ("lip_mask", "eye_mask", "expression_mask", "neutral_expression")
    pairs = [(getattr(first, name), getattr(second, name)) for name in names]
    for slider in first.sliders:
        other = second.slider(slider.name)
        pairs += [(slider.positive, other.positive), (slider.negative, other.negative)]
    return (
        first.model_id == second.model_id
        and set(first.slider_names) == set(second.slider_names)
        and all(torch.equal(one, other) for one, other in pairs)
    )


@pytest.mark.parametrize("space", [HUMAN, ANIMAL], ids=["human", "animal"])
def test_a_space_survives_its_file_to_the_last_bit(tmp_path: Path, space: ExpressionSpace) -> None:
    save_expression_space(space, tmp_path / "space.json")
    assert same(load_expression_space(tmp_path / "space.json"), space)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content.pop("lip_mask"), "parts"),
        (lambda content: content.update(more=1), "parts"),
        (lambda content: content.update(model_id=3), "model_id"),
        (lambda content: content["neutral_expression"].pop(), "21"),
        (lambda content: content["neutral_expression"][0].pop(), "neutral_expression"),
        (lambda content: content.update(neutral_expression=[]), "neutral_expression"),
        (lambda content: content.update(neutral_expression="abc"), "neutral_expression"),
        (lambda content: content.update(neutral_expression=1.0), "neutral_expression"),
        (lambda content: content["neutral_expression"][0].__setitem__(0, 1e39), "finite"),
        (lambda content: content["lip_mask"][0].__setitem__(0, 2), "0 and 1"),
        (lambda content: content["sliders"].update(ears={}), "sliders must be among"),
        (lambda content: content["sliders"].update(smile={}), "negative side"),
        (lambda content: content["sliders"]["smile"].update(positive=[[1, 2, 3]]), "slider smile"),
        (lambda content: content.update(sliders=[]), "sliders"),
    ],
)
def test_a_wrong_file_is_refused_by_name(
    tmp_path: Path, change: Callable[[dict[str, Any]], Any], message: str
) -> None:
    path = tmp_path / "space.json"
    save_expression_space(HUMAN, path)
    document = json.loads(path.read_text())
    change(document["content"])
    path.write_text(json.dumps(document))
    with pytest.raises(TemplateError, match=message) as failure:
        load_expression_space(path)
    assert str(path) in str(failure.value)


@given(st.integers(0, 100_000))
def test_a_cut_file_is_refused(tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
    whole = tmp_path_factory.getbasetemp() / "whole.json"
    if not whole.exists():
        save_expression_space(HUMAN, whole)
    data = whole.read_bytes()
    cut = whole.with_name("cut.json")
    cut.write_bytes(data[: length % (len(data) - 2)])
    with pytest.raises(LivePortraitError):
        load_expression_space(cut)
