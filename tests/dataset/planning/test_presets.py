import json
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveportrait.dataset.planning.preset_file import load_preset
from liveportrait.dataset.planning.presets import PRESETS, Preset, SliderRange
from liveportrait.errors import LivePortraitError, SettingError
from liveportrait.motion.edit import Edit


@given(st.sampled_from(list(PRESETS.values())), st.integers(0, 2**63 - 1))
def test_what_is_drawn_is_an_edit_within_the_preset(preset: Preset, seed: int) -> None:
    parameters = preset.parameters(seed)
    assert parameters == preset.parameters(seed)
    edit, rest = asdict(Edit(**asdict(parameters))), asdict(Edit())
    for part in preset.ranges:
        assert part.at(0.0) <= edit.pop(part.slider) <= part.at(1.0)
        rest.pop(part.slider)
    assert edit == rest


def test_fluxsynid_in_the_sliders_of_this_library() -> None:
    """Its published ranges over the ends of the released editor's sliders."""
    limits = {part.slider: (part.at(0.0), part.at(1.0)) for part in PRESETS["fluxsynid"].ranges}
    assert limits == {
        "pitch_deg": (-15, 15),
        "yaw_deg": (-10, 10),
        "roll_deg": (-15, 15),
        "blink": (-0.5, round(3 / 39, 4)),
        "brow": (round(-10 / 30, 4), 0.5),
        "gaze_x": (round(-10 / 30, 4), round(10 / 30, 4)),
        "gaze_y": (round(-15 / 63, 4), round(15 / 63, 4)),
        "smile": (-1, round(0.7 / 1.3, 4)),
    }
    assert PRESETS["fluxsynid"].composition == "fluxsynid"


def test_draws_are_uniform_in_the_units_they_are_quoted_in() -> None:
    """FLUXSynID's smile is negative in 3 of 10, though here that is most of the range."""
    (smile,) = (part for part in PRESETS["fluxsynid"].ranges if part.slider == "smile")
    values = [smile.at((index + 0.5) / 1000) for index in range(1000)]
    assert sum(value < 0 for value in values) == 300


def test_a_preset_has_a_plain_name() -> None:
    with pytest.raises(SettingError, match="letters, digits"):
        Preset(name="a b", ranges=())


def test_a_slider_more_changes_no_other() -> None:
    yaw = SliderRange(slider="yaw_deg", low=-5.0, high=5.0)
    alone = Preset(name="a", ranges=(yaw,))
    both = Preset(name="b", ranges=(SliderRange(slider="smile", low=0.0, high=1.0), yaw))
    assert alone.parameters(3).yaw_deg == both.parameters(3).yaw_deg


@pytest.mark.parametrize(
    "options",
    [
        {"slider": "nose", "low": 0.0, "high": 1.0},
        {"slider": "smile", "low": 1.0, "high": 0.0},
        {"slider": "smile", "low": float("nan"), "high": 0.0},
        {"slider": "smile", "low": 0.0, "high": 2.0},
        {"slider": "yaw_deg", "low": -26.0, "high": 0.0},
        {"slider": "smile", "low": 0.0, "high": 1.0, "most": 0.0},
    ],
)
def test_a_range_that_is_none_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(SettingError):
        SliderRange(**options)  # pyright: ignore[reportArgumentType]


def test_a_preset_of_the_users_own(tmp_path: Path) -> None:
    path = tmp_path / "selfie.json"
    path.write_text('{"composition": "fluxsynid", "ranges": {"yaw_deg": [-5, 5], "smile": [0.2, 0.6]}}')
    preset = load_preset(path)
    assert (preset.name, preset.composition) == ("selfie", "fluxsynid")
    assert [part.slider for part in preset.ranges] == ["yaw_deg", "smile"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"ranges": []}',
        '{"ranges": {"yaw_deg": 3}}',
        '{"ranges": {"yaw_deg": [1, 2, 3]}}',
        '{"ranges": {"yaw_deg": ["1", "2"]}}',
        '{"ranges": {"yaw_deg": [true, 5]}}',
        '{"ranges": {"yaw_deg": [NaN, 5]}}',
        '{"ranges": {"yaw_deg": [-90, 90]}}',
        '{"ranges": {"yaw_deg": [0, 1e400]}}',
        json.dumps({"ranges": {"yaw_deg": [0, 10**400]}}),
        '{"ranges": {"nose": [0, 1]}}',
        '{"ranges": {}, "composition": "mine"}',
        '{"ranges": {}, "name": "x"}',
        "[" * 10**5,
    ],
)
def test_a_file_that_is_no_preset_is_refused_by_name(content: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.json"
    path.write_text(content)
    with pytest.raises(LivePortraitError, match=r"odd\.json"):
        load_preset(path)
