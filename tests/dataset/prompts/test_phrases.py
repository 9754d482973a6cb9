"""What a model says is taken only where it is whole, English and says every attribute."""

import pytest

from liveportrait.dataset.prompts.phrases import MAX_WORDS, fault_of, tidied
from liveportrait.dataset.schema.identities import Attribute

PERSON = (
    Attribute(name="genders", value="Female"),
    Attribute(name="ages", value="30-39"),
    Attribute(name="hair_colors", value="Black"),
)
GOOD = "a woman aged 34 with black hair"


@pytest.mark.parametrize(
    ("said", "phrase"),
    [
        (GOOD, GOOD),
        (f'  "{GOOD}."\n', GOOD),
        (f"Photograph of {GOOD}", GOOD),
        (f"photograph OF, {GOOD}.", GOOD),
        ("a woman\naged  34\twith black hair", GOOD),
        ("...", ""),
    ],
)
def test_a_phrase_is_made_of_what_was_said(said: str, phrase: str) -> None:
    assert tidied(said, "Photograph of") == phrase


def test_a_good_phrase_has_no_fault() -> None:
    assert fault_of(GOOD, PERSON) == ""


@pytest.mark.parametrize(
    ("phrase", "fault"),
    [
        ("", "said nothing"),
        ("a woman aged 34", "leaves out Black"),
        ("a person of 52 years", "leaves out Female, 30-39, Black"),
        (GOOD + " 美丽", "not English"),
        (GOOD + " and so on" * MAX_WORDS, "words, more than"),
    ],
)
def test_other_phrases_are_refused_with_the_reason(phrase: str, fault: str) -> None:
    assert fault in fault_of(phrase, PERSON)


def test_letters_of_the_attributes_themselves_are_no_fault() -> None:
    origin = (Attribute(name="origins", value="Sápmi"),)
    assert fault_of("a person from Sápmi \u2013 smiling", origin) == ""
    assert "'é'" in fault_of("a naivé person from Sápmi", origin)
