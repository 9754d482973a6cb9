import pytest

from liveportrait.dataset.prompts.mentions import is_mentioned, unmentioned
from liveportrait.dataset.schema.identities import Attribute


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Dark brown", "a man with hair of a brown, almost dark tone"),
        ("South-eastern Asian", "of south eastern asian origin"),
        ("Braided", "her hair is in braids"),
        ("Clean-shaven", "he is clean shaven."),
        ("30-39", "a 34-year-old man"),
        ("30-39", "a man in his thirties"),
        ("15-19", "a teenage girl"),
        ("80+", "she is 83"),
        ("80+", "in her eighties"),
        ("150+", "aged 150+"),
        ("Female", "an old woman"),
        ("Male", "a man"),
        ("***", "it says ***"),
        ("The", "it says the"),
        ("Full beard", "with a beard that is full"),
    ],
)
def test_said_in_other_words_is_said(value: str, text: str) -> None:
    assert is_mentioned(value, text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Dark brown", "a man with brown hair"),
        ("30-39", "a man of 40"),
        ("30-39", "a man in his forties"),
        ("30-39", "a man, 3 or 9 feet tall"),
        ("80+", "she is 79"),
        ("Female", "a man"),
        ("Male", "a woman, female"),
        ("Bald", ""),
        ("***", "stars"),
        ("Round", "a background of gray"),
    ],
)
def test_not_said_is_not_said(value: str, text: str) -> None:
    assert not is_mentioned(value, text)


def test_what_is_missing_is_named_in_order() -> None:
    attributes = [Attribute(name=name, value=name) for name in ("one", "two", "three")]
    assert unmentioned("only two", attributes) == (attributes[0], attributes[2])
