from dataclasses import asdict, fields

from liveportrait.dataset.schema.parameters import AnimationParameters
from liveportrait.motion.edit import Edit


def test_the_columns_are_the_sliders_of_an_edit() -> None:
    assert asdict(AnimationParameters()) == asdict(Edit())
    assert [part.name for part in fields(AnimationParameters)] == [part.name for part in fields(Edit)]
