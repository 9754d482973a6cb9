"""Settings that are one of a few words refuse any other, with the words in the message."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from liveportrait.animation.settings import FileSettings, Role
from liveportrait.animator import Animator
from liveportrait.choices import check_choice, check_choices
from liveportrait.driving import DrivingSettings
from liveportrait.engines.config import EngineConfig
from liveportrait.errors import SettingError
from liveportrait.face.choice import FaceChoice
from liveportrait.face.cropping import CropConfig
from liveportrait.face.face_landmarker import FaceLandmarkerConfig
from liveportrait.media.settings import H264Settings, SinkSettings
from liveportrait.motion.settings import TransferSettings
from liveportrait.stepping import AnimationSettings
from tests.portraits import portrait

Make = Callable[..., Any]


@pytest.mark.usefixtures("types_unchecked")
@pytest.mark.parametrize(
    ("make", "name", "words"),
    [
        (FileSettings, "anchor", "first, auto"),
        (FileSettings, "driving_square", "mean, first"),
        (FileSettings, "smoothing", "auto, offline, none"),
        (FileSettings, "lengths", "cut, loop, ping_pong, hold"),
        (FileSettings, "result", "frame, crop"),
        (FileSettings, "panels", "result, side_by_side"),
        (FileSettings, "audio", "auto, driving, source, none"),
        (lambda **given: Role(driving=Path("a.mp4"), **given), "face", "largest, left"),
        (lambda **given: Role(driving=Path("a.mp4"), **given), "driving_face", "largest, left"),
        (AnimationSettings, "smoothing", "none, live"),
        (AnimationSettings, "no_face", "hold, fade, pass_through, raise"),
        (TransferSettings, "motion", "relative, absolute"),
        (TransferSettings, "region", "all, expression"),
        (TransferSettings, "driving_option", "expression-friendly, pose-friendly"),
        (TransferSettings, "lips", "driven, normalized, retargeted"),
        (TransferSettings, "eyes", "driven, steadied, retargeted"),
        (DrivingSettings, "view", "fixed, whole"),
        (DrivingSettings, "face", "largest, left, right, centre"),
        (CropConfig, "orientation", "upright, as_is"),
        (CropConfig, "upright_by", "eyes_and_lips, eyes"),
        (FaceLandmarkerConfig, "effort", "glance, careful"),
        (EngineConfig, "engine", "torch, onnxruntime, openvino"),
        (EngineConfig, "precision", "fp32, bf16, fp16, auto"),
        (SinkSettings, "mark", "generated, none"),
        (H264Settings, "preset", "ultrafast"),
    ],
)
def test_a_word_that_is_none_of_the_choices_is_refused(make: Make, name: str, words: str) -> None:
    with pytest.raises(SettingError, match=f"^{name} is 'onnx'; choose one of .*{words}"):
        make(**{name: "onnx"})


@pytest.mark.usefixtures("types_unchecked")
@pytest.mark.parametrize("wrong", [{"face": "all"}, {"kind": "film"}, {"face": 1.5}, {"face": [1, 2, 3, 4]}])
def test_so_are_arguments(wrong: dict[str, Any], tiny_animator: Animator) -> None:
    with pytest.raises(SettingError, match="choose one of|Expected a face as one of"):
        tiny_animator.prepare(portrait(), **wrong)


@pytest.mark.parametrize("value", ["left", 2, np.zeros(4, np.float32)])
def test_beside_words_other_things_may_stand(value: object) -> None:
    check_choice("face", value, FaceChoice)


@pytest.mark.usefixtures("types_unchecked")
def test_where_only_words_may_stand_nothing_else_may() -> None:
    with pytest.raises(SettingError, match="mark is None"):
        SinkSettings(mark=None)  # pyright: ignore[reportArgumentType]


def test_any_text_is_any_text() -> None:
    @dataclass(frozen=True)
    class Free:
        name: Literal["mini"] | str
        other: str

    check_choices(Free("anything", "else"))
