"""What a language model said: made into a phrase, and checked before it becomes a prompt."""

from collections.abc import Iterable

from liveportrait.dataset.prompts.mentions import unmentioned
from liveportrait.dataset.schema.identities import Attribute

MAX_WORDS = 120
"""Text encoders cut off what is longer."""


def tidied(said: str, opening: str) -> str:
    """One line without quotes, without the opening if it was repeated, without a full stop at the end."""
    phrase = " ".join(said.split()).strip("\"'` ")
    if phrase.lower().startswith(opening.lower()):
        phrase = phrase[len(opening) :]
    return phrase.strip(" ,.;:")


def fault_of(phrase: str, attributes: Iterable[Attribute]) -> str:
    """Why the phrase cannot be taken; empty where it can."""
    attributes = tuple(attributes)
    if not phrase:
        return "the model said nothing, or did not come to an end"
    if len(phrase.split()) > MAX_WORDS:
        return f"the phrase has {len(phrase.split())} words, more than {MAX_WORDS}"
    strange = _strange_letters(phrase, attributes)
    if strange:
        return f"the phrase holds {strange!r}, which is not English"
    if left := unmentioned(phrase, attributes):
        return f"the phrase leaves out {', '.join(attribute.value for attribute in left)}"
    return ""


def _strange_letters(phrase: str, attributes: tuple[Attribute, ...]) -> str:
    """Letters beyond ASCII that no attribute has; typographic quotes and dashes are no letters."""
    known = {letter for attribute in attributes for letter in attribute.value}
    return "".join(sorted({letter for letter in phrase if not letter.isascii() and letter.isalpha()} - known))
