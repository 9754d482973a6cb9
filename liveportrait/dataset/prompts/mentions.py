"""Does a text say every attribute? A check by words: it may be too strict, it is hardly ever too kind.

A value is mentioned when all its words are in the text, in any order, with case, punctuation and
endings (plural, -ed, -ing) left aside; or, where it is a range of numbers such as ages, when a number
or a decade ("thirties") of that range is.
"""

import re
from collections.abc import Iterable

from liveportrait.dataset.schema.identities import Attribute

_WORD = re.compile(r"\w+")
_RANGE = re.compile(r"(\d{1,3})\s*(?:-|to)\s*(\d{1,3})")
_OPEN_RANGE = re.compile(r"(\d{1,3})\s*\+")
_EMPTY_WORDS = frozenset({"a", "an", "and", "the", "or", "of", "with", "in"})
_ENDINGS = ("ing", "ed", "es", "s", "y", "e", "ly")
_DECADES = {
    "teens": 15,
    "teenage": 15,
    "teenager": 15,
    "twenties": 20,
    "thirties": 30,
    "forties": 40,
    "fifties": 50,
    "sixties": 60,
    "seventies": 70,
    "eighties": 80,
    "nineties": 90,
}
_SYNONYMS = {"female": ("woman",), "male": ("man",)}
"""Other words for a value, where the usual one shares no stem with it."""

_OLDEST = 120


def unmentioned(text: str, attributes: Iterable[Attribute]) -> tuple[Attribute, ...]:
    """The attributes that the text does not say, in their order."""
    return tuple(attribute for attribute in attributes if not is_mentioned(attribute.value, text))


def is_mentioned(value: str, text: str) -> bool:
    """Whether the text says the value."""
    numbers = _number_range(value)
    if numbers is not None:
        return any(number in numbers for number in _numbers_in(text))
    if not _stems(value):
        return value.lower() in text.lower()
    said = _stems(text)
    return any(_stems(words) <= said for words in (value, *_SYNONYMS.get(value.lower(), ())))


def _stems(text: str) -> set[str]:
    words = (word for word in _WORD.findall(text.lower()) if word not in _EMPTY_WORDS)
    return {_stem(word) for word in words}


def _stem(word: str) -> str:
    """The word without its ending, where at least three letters stay."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def _number_range(value: str) -> range | None:
    if between := _RANGE.fullmatch(value.strip()):
        low, high = sorted((int(between[1]), int(between[2])))
        return range(low, high + 1)
    if above := _OPEN_RANGE.fullmatch(value.strip()):
        return range(int(above[1]), max(int(above[1]), _OLDEST) + 1)
    return None


def _numbers_in(text: str) -> list[int]:
    numbers = [int(number) for number in re.findall(r"\b\d{1,3}\b", text)]
    return numbers + [_DECADES[word] for word in _WORD.findall(text.lower()) if word in _DECADES]
