"""Options that repeat a setting have its default and its choices, and reach it."""

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from liveportrait.animation.settings import FileSettings
from liveportrait.cli.animate import Command
from liveportrait.cli.file_options import MatchOptions, WriteOptions
from liveportrait.driving import DrivingSettings
from liveportrait.media.settings import SinkSettings, Vp9Settings
from liveportrait.stepping import AnimationSettings

MATCHED = {field.name for field in fields(MatchOptions)} & {field.name for field in fields(FileSettings)}


def words(hint: Any) -> set[str]:
    if get_origin(hint) is Literal:
        return {word.replace("-", "_") for word in get_args(hint)}
    return set().union(*(words(part) for part in get_args(hint)))


def alternatives() -> Iterator[tuple[str, str]]:
    for name in sorted(MATCHED):
        for word in sorted(words(get_type_hints(FileSettings)[name])):
            yield name, word


def test_what_is_left_out_is_the_settings_default() -> None:
    assert MatchOptions().settings("auto", SinkSettings()) == FileSettings()
    for codec in ("libx264", "libvpx-vp9", None):
        assert WriteOptions().sink_settings(codec) == SinkSettings()


@pytest.mark.parametrize("name", sorted(MATCHED - {"fps"}))
def test_an_option_has_its_settings_choices(name: str) -> None:
    assert words(get_type_hints(MatchOptions)[name]) == words(get_type_hints(FileSettings)[name])


@pytest.mark.parametrize(("name", "word"), tuple(alternatives()))
def test_every_choice_reaches_the_settings(name: str, word: str) -> None:
    chosen = replace(MatchOptions(), **{name: word}).settings("auto", SinkSettings())
    assert getattr(chosen, name) == word


def test_every_setting_has_an_option() -> None:
    other = {
        "smoothing": "with the command",
        "result": "paste_back",
        "panels": "side_by_side",
        "sink": "WriteOptions",
    }
    assert {field.name for field in fields(FileSettings)} == MATCHED | other.keys()
    write = WriteOptions(
        crf=30, preset="slow", vp9_speed=2, quality=50, background_rgb=(1, 2, 3), mark="none"
    )
    assert write.sink_settings("libx264").h264.crf == 30
    written = write.sink_settings("libvpx-vp9")
    assert written.vp9 == Vp9Settings(crf=30, speed=2)
    assert (written.h264.preset, written.quality, written.background_rgb) == ("slow", 50, (1, 2, 3))
    assert written.mark == "none"


def test_animates_own_options_have_the_settings_defaults() -> None:
    command = Command(source=Path("a.png"), driving=Path("b.mp4"), output=Path("c.mp4"))
    moved, read = AnimationSettings(), DrivingSettings()
    assert (command.no_face, command.fade_frames) == (moved.no_face, moved.fade_frames)
    assert (command.driving_view, command.driving_face) == (read.view, read.face)
    assert command.driving_scale == read.crop.scale
    assert command.transfer == moved.transfer
