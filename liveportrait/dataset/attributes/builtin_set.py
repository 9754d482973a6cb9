"""A small set of attributes of adults that comes along, in the folder `builtin`: to use or to change.

Regions are those of the United Nations' M49 standard, all equally often. The other numbers are chosen,
not measured: they give variety, and are no statistics of any population.
"""

from pathlib import Path

from liveportrait.dataset.attributes.attribute_set import AttributeSet
from liveportrait.dataset.attributes.reading import read_attribute_set

FOLDER = Path(__file__).with_name("builtin")


def builtin_attribute_set() -> AttributeSet:
    """The set, in the format that users' own sets have."""
    return read_attribute_set(FOLDER)
