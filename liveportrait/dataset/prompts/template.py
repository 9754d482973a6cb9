"""Prompts by a fixed sentence: no model, no chance, every attribute in it."""

from collections.abc import Iterable
from dataclasses import dataclass

from liveportrait.dataset.prompts.mentions import unmentioned
from liveportrait.dataset.prompts.protocol import PromptRequest
from liveportrait.dataset.schema.identities import Attribute
from liveportrait.dataset.schema.prompts import Prompt

_SUBJECTS = {"female": "woman", "male": "man"}
_PHRASES = {
    "ages": "aged {}",
    "origins": "of {} origin",
    "hair_colors": "hair color {}",
    "hair_styles": "hairstyle {}",
    "facial_hair": "facial hair: {}",
    "body_type": "{} build",
    "face_shape": "{} face",
    "skin_type": "{} skin",
    "nose_shape": "{} nose",
    "lip_shape": "{} lips",
    "eye_shape": "{} eyes",
    "headwear": "wearing {}",
    "eyewear": "wearing {}",
}
"""By class, in the order of the sentence; other classes follow as `name: value`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateConfig:
    """What stands around the description of the person."""

    opening: str = "Identity document photograph of"
    closing: str = (
        "neutral expression, mouth closed, eyes open and looking into the camera, head upright, "
        "head and shoulders in the picture, even light, plain light gray background"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateWriter:
    """Writes the same sentence for the same attributes, whatever the seed."""

    config: TemplateConfig = TemplateConfig()

    @property
    def name(self) -> str:
        return "template"

    def write(self, request: PromptRequest) -> Prompt:
        parts = [f"{self.config.opening} {_subject(request.attributes)}", *_features(request.attributes)]
        text = ", ".join([*parts, self.config.closing]) + "."
        assert not unmentioned(text, request.attributes)
        return Prompt(identity_id=request.identity_id, text=text, writer=self.name)

    def close(self) -> None:
        """Nothing is held open."""


def _subject(attributes: Iterable[Attribute]) -> str:
    for attribute in attributes:
        if attribute.name == "genders":
            words = _SUBJECTS.get(attribute.value.lower(), f"{attribute.value.lower()} person")
            return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"
    return "a person"


def _features(attributes: Iterable[Attribute]) -> list[str]:
    others = [attribute for attribute in attributes if attribute.name != "genders"]
    places = list(_PHRASES)
    others.sort(
        key=lambda attribute: places.index(attribute.name) if attribute.name in places else len(places)
    )
    return [_phrase(attribute) for attribute in others]


def _phrase(attribute: Attribute) -> str:
    label = attribute.name.replace("_", " ")
    value = attribute.value if attribute.name == "origins" else _lower_first(attribute.value)
    return _PHRASES.get(attribute.name, f"{label}: {{}}").format(value)


def _lower_first(value: str) -> str:
    """A value within a sentence; what is in capitals throughout stays so."""
    return value if value.isupper() else value[:1].lower() + value[1:]
