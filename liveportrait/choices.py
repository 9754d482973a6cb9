"""Settings that are one of a few words: a word that is none of them is refused, not passed over."""

from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from liveportrait.errors import SettingError


def check_choices(settings: object) -> None:
    """Refuse a dataclass of which a field has a word that its type does not name; for `__post_init__`.

    Raises:
        SettingError: with the words that may stand there.
    """
    for name, hint in _hints(type(settings)).items():
        check_choice(name, getattr(settings, name), hint)


def check_choice(name: str, value: object, hint: Any) -> None:
    """The same for one value, such as an argument: `hint` is its type.

    What is no word (a number, a box, a face) is checked where it is used, unless only words may stand there.

    Raises:
        SettingError: with the words that may stand there.
    """
    words, takes_more = _words(hint)
    if not words or (isinstance(value, str) and value in words):
        return
    if isinstance(value, str) or not takes_more:
        raise SettingError(f"{name} is {value!r}; choose one of {', '.join(words)}.")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return {name: hint for name, hint in get_type_hints(kind).items() if _words(hint)[0]}


@cache
def _words(hint: Any) -> tuple[tuple[str, ...], bool]:
    """The words that a type names, and whether it takes anything else; none where it takes any text."""
    if get_origin(hint) is Literal:
        return get_args(hint), False
    if get_origin(hint) not in (Union, UnionType):
        return (), True
    parts = [_words(part) for part in get_args(hint)]
    if str in get_args(hint):
        return (), True
    return tuple(word for words, _ in parts for word in words), any(more for _, more in parts)
