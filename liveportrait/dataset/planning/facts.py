"""What a plan says of itself: enough to make it again, and to tell it from another."""

import hashlib
import json
from dataclasses import dataclass, fields
from pathlib import Path

import liveportrait
from liveportrait.dataset.attributes.attribute_set import AttributeSet
from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.planning.presets import Preset
from liveportrait.dataset.schema.identities import IdentitySource
from liveportrait.dataset.schema.rows import from_record, to_record
from liveportrait.dataset.schema.tables import SCHEMA_VERSION
from liveportrait.errors import LivePortraitError
from liveportrait.media.pending_file import write_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSettings:
    """Everything that the plan's rows follow from, and nothing else: no paths of this machine."""

    root_seed: int
    source: IdentitySource
    documents_sha256: str | None = None
    """Of the documents' paths within their folder and their hashes."""
    labels_sha256: str | None = None
    num_identities: int
    attribute_set: AttributeSet | None = None
    lowest_guidance: float | None = None
    highest_guidance: float | None = None
    num_animations: int
    num_arc2face: int
    num_pulid: int
    presets: tuple[Preset, ...]

    @property
    def sha256(self) -> str:
        """Of the settings as JSON with sorted names: the digest that stands for the plan."""
        text = json.dumps(to_record(self) | {"schema_version": SCHEMA_VERSION}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFacts:
    """The file `plan.json`, written last: a plan without it is none."""

    schema_version: int = SCHEMA_VERSION
    software: str = f"liveportrait {liveportrait.__version__}"
    settings_sha256: str
    identities_sha256: str
    """Of the file with the planned identities; `images_sha256` of that with the images."""
    images_sha256: str
    num_identities: int
    num_images: int
    num_failures: int
    """Documents that got no place in the plan."""
    settings: PlanSettings


def write_facts(facts: PlanFacts, path: Path) -> None:
    """Write them, whole or not at all."""
    write_bytes(path, json.dumps(to_record(facts), indent=1, allow_nan=False).encode() + b"\n")


def read_facts(path: Path) -> PlanFacts:
    """Read them; raises where there are none, or not of this version."""
    try:
        record = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise DatasetError(f"{path}: there is no plan; make one with `liveportrait dataset plan`.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise DatasetError(f"{path}: the plan cannot be read: {error}") from error
    if not isinstance(record, dict) or record.get("schema_version") != SCHEMA_VERSION:
        raise DatasetError(
            f"{path}: expected a plan of schema {SCHEMA_VERSION}; plan anew with this version."
        )
    try:
        return from_record(PlanFacts, record)
    except LivePortraitError as error:
        raise DatasetError(f"{path}: {error}") from error


def differing_settings(first: PlanSettings, second: PlanSettings) -> list[str]:
    """The names of the settings in which two plans differ."""
    names = [part.name for part in fields(PlanSettings)]
    return [name for name in names if getattr(first, name) != getattr(second, name)]
