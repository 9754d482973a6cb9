"""Edits are checked, add up, mix and survive a file."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveportrait.errors import LivePortraitError, SettingError, TemplateError
from liveportrait.motion.edit import NUMBERS, RANGES, Edit, add, mix
from liveportrait.motion.edit_file import load_edit, save_edit
from tests.motion.samples import random_openings

EDITS = st.builds(Edit, **{name: st.floats(low, high) for name, (low, high) in RANGES.items()})
SLIDERS = st.builds(Edit, **{name: st.floats(*RANGES[name]) for name in NUMBERS})


def close(first: Edit, second: Edit) -> bool:
    return asdict(first) == pytest.approx(asdict(second), abs=1e-9)


@pytest.mark.parametrize("name", RANGES)
@pytest.mark.parametrize("side", [0, 1])
def test_a_value_out_of_range_is_refused_and_the_end_is_not(name: str, side: int) -> None:
    end = RANGES[name][side]
    assert getattr(Edit(**{name: end}), name) == end
    with pytest.raises(SettingError, match=name):
        Edit(**{name: end + (0.01 if side else -0.01)})


@pytest.mark.parametrize("name", RANGES)
def test_what_is_no_number_is_refused(name: str) -> None:
    with pytest.raises(SettingError, match=name):
        Edit(**{name: float("nan")})


def test_every_default_lies_in_its_range() -> None:
    for name, value in asdict(Edit()).items():
        low, high = RANGES[name]
        assert value is None or low <= value <= high


@given(EDITS)
def test_adding_nothing_changes_nothing(edit: Edit) -> None:
    assert close(add(edit, Edit()), edit) and close(add(Edit(), edit), edit)


@given(EDITS, EDITS)
def test_any_two_edits_add_up_to_an_edit(first: Edit, second: Edit) -> None:
    total = add(first, second)
    assert total.eye_open_ratio == second.eye_open_ratio
    assert -1 <= total.smile <= 1


def test_sums_are_cut_and_zooms_multiply() -> None:
    total = add(Edit(smile=0.75, yaw_deg=5.0, zoom=1.1), Edit(smile=0.75, yaw_deg=-15.0, zoom=0.95))
    assert total.smile == 1
    assert total.yaw_deg == -10
    assert total.zoom == pytest.approx(1.045)


@given(EDITS, EDITS)
def test_mixing_goes_from_one_to_the_other(first: Edit, second: Edit) -> None:
    assert close(mix(first, second, 0.0), first)
    assert close(mix(first, second, 1.0), second)
    assert close(mix(first, second, 0.25), mix(second, first, 0.75))


@given(SLIDERS, st.floats(0, 1))
def test_on_the_way_from_nothing_each_slider_is_a_part(edit: Edit, ratio: float) -> None:
    part = mix(Edit(), edit, ratio)
    assert part.smile == pytest.approx(edit.smile * ratio)
    assert part.zoom == pytest.approx(1 + (edit.zoom - 1) * ratio)


@pytest.mark.parametrize("ratio", [-0.1, 1.1, float("nan")])
def test_a_ratio_out_of_range_is_refused(ratio: float) -> None:
    with pytest.raises(SettingError):
        mix(Edit(), Edit(), ratio)


def test_an_opening_mixes_only_with_an_opening() -> None:
    shut = Edit(eye_open_ratio=0.0)
    with pytest.raises(SettingError, match="with_openings"):
        mix(Edit(), shut, 0.5)
    openings = random_openings(seed=0)
    half = mix(Edit().with_openings(openings), shut.with_openings(openings), 0.5)
    assert half.eye_open_ratio == pytest.approx(float(openings.eyes.mean()) / 2)
    assert half.lip_open_ratio == pytest.approx(float(openings.lips[0, 0]))


@given(EDITS | SLIDERS)
def test_an_edit_survives_its_file(tmp_path_factory: pytest.TempPathFactory, edit: Edit) -> None:
    path = tmp_path_factory.getbasetemp() / "edit.json"
    save_edit(edit, path)
    assert load_edit(path) == edit


def written(path: Path, content: Any, **outer: Any) -> Path:
    path.write_text(json.dumps({"kind": "liveportrait-edit", "version": 1, "content": content} | outer))
    return path


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"smlie": 1}, "smlie"),
        ({"smile": 2}, "from -1"),
        ({"smile": "1"}, "expected a number"),
        ({"smile": True}, "expected a number"),
        ({"smile": None}, "expected a number"),
        ({"smile": 10**400}, "too large"),
        ([], "kind, version and content"),
    ],
)
def test_a_wrong_edit_file_is_refused_by_name(tmp_path: Path, content: Any, message: str) -> None:
    path = written(tmp_path / "edit.json", content)
    with pytest.raises(TemplateError, match=message) as failure:
        load_edit(path)
    assert str(path) in str(failure.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"kind": "liveportrait-edit", "version": 1, "content": {"smile": NaN}}',
        '{"kind": "liveportrait-edit", "version": 1, "content": {"smile": 1, "smile": 0}}',
        '{"kind": "liveportrait-edit", "version": 2, "content": {}}',
        '{"kind": "liveportrait-edit", "version": true, "content": {}}',
        '{"kind": "another", "version": 1, "content": {}}',
        '{"kind": "liveportrait-edit", "version": 1, "content": {}, "more": 1}',
        "[" * 100_000,
        '{"kind": ' + "9" * 5000 + "}",
        "\x00\xff",
    ],
)
def test_text_that_is_no_edit_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "edit.json"
    path.write_text(text)
    with pytest.raises(LivePortraitError, match=r"edit\.json"):
        load_edit(path)


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "edit.json"
    with path.open("wb") as file:
        file.truncate(5 * 2**20)
    with pytest.raises(TemplateError, match="4 MiB"):
        load_edit(path)


def test_an_edit_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(LivePortraitError, match="does not exist"):
        save_edit(Edit(smile=0.5), tmp_path / "missing" / "edit.json")
    assert list(tmp_path.iterdir()) == []
