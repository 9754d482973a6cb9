"""One row per written prompt."""

from dataclasses import dataclass

from liveportrait.dataset.schema.identities import Attribute


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a document image is to show, in words."""

    identity_id: str
    text: str
    writer: str
    """Who wrote this text: `template`, or the model's name and revision."""
    attempts: int = 1
    """How many texts the asked writer made; where none of them passed, the template's stands here."""
    unmentioned: tuple[Attribute, ...] = ()
    """What the text does not say, see `prompts.mentions`; empty unless a writer was allowed to leave it."""
