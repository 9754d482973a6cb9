from dataclasses import asdict, fields

from liveportrait.dataset.schema.parameters import LIMITS, AnimationParameters
from liveportrait.motion.edit import RANGES, Edit


def test_the_columns_are_the_sliders_of_an_edit() -> None:
    assert asdict(AnimationParameters()) == asdict(Edit())
    assert [part.name for part in fields(AnimationParameters)] == [part.name for part in fields(Edit)]


def test_the_limits_are_those_of_the_editor() -> None:
    assert list(LIMITS.items()) == list(RANGES.items())
