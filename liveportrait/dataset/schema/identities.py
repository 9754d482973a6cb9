"""One row per identity of a plan."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

IdentitySource: TypeAlias = Literal["folder", "sampled"]
"""Where identities come from: document images that exist, or attributes that are drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One drawn property of a person."""

    name: str
    """Of its class: the attribute file's name without its extension."""
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedIdentity:
    """A person to make live images of. Written once, never changed."""

    index: int
    """Place in the plan, from 0 without gaps; shards are ranges of it."""
    identity_id: str
    """12 hex digits."""
    source: IdentitySource
    requested_attributes: tuple[Attribute, ...] = ()
    """As drawn at first, before any clash rule."""
    attributes: tuple[Attribute, ...] = ()
    """As they stand after the rules: what the prompt and the picture are to show."""
    rules_fired: tuple[int, ...] = ()
    """Numbers of the clash rules that struck something, from 0 in the rules' file, in order of firing."""
    gender: str | None = None
    """As requested, where known; so are age and origin."""
    age: str | None = None
    origin: str | None = None
    prompt_seed: int
    document_seed: int
    """Of the picture that is to be made from the prompt; unused where the document is a file."""
    document_path: str | None = None
    """Where the document is a file: its path within their folder, with `/`."""
    document_sha256: str | None = None
    """Of that file's bytes, 64 hex digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityRecord:
    """A person of the plan, and what was made of them."""

    planned: PlannedIdentity = field(metadata={"inline": ""})
    status: Literal["complete", "incomplete"]
    """`complete`: every image of the run's stages is there, and none of them was rejected."""
    num_ok: int
    """Images; so are the next."""
    num_rejected: int
    num_failed: int
