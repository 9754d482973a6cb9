"""Who writes prompts."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from liveportrait.dataset.schema.identities import Attribute, PlannedIdentity
from liveportrait.dataset.schema.prompts import Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptRequest:
    """The person that one prompt is to describe."""

    identity_id: str
    attributes: tuple[Attribute, ...]
    seed: int
    """0..2^63 - 1, of everything random in the writing."""


@runtime_checkable
class PromptWriter(Protocol):
    """Puts attributes into words; the same request gives the same words on the same machine."""

    @property
    def name(self) -> str:
        """As it stands in `Prompt.writer`."""
        ...

    def write(self, request: PromptRequest) -> Prompt:
        """A prompt that mentions every attribute, as `mentions.unmentioned` checks it.

        A writer that cannot be sure of that tries a bounded number of times, then hands the request
        to `TemplateWriter`.
        """
        ...

    def close(self) -> None:
        """Let go of memory and devices."""
        ...


def request_for(identity: PlannedIdentity) -> PromptRequest:
    """What to ask a writer for a row of the plan."""
    return PromptRequest(
        identity_id=identity.identity_id, attributes=identity.attributes, seed=identity.prompt_seed
    )
