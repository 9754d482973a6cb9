"""What a plan is made from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from liveportrait.dataset.planning.presets import PresetName
from liveportrait.errors import SettingError
from liveportrait.media.sequence_names import SUFFIXES

MOST_IDENTITIES = 10**8
"""Ids have 48 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSource:
    """Identities from a folder of document images, one picture a person."""

    folder: Path
    search: Literal["recursive", "flat"] = "recursive"
    """Whether the folders within count too. Links to files are followed, links to folders are not."""
    pattern: str = "*"
    """Of the names of files, as in a shell: `*_doc.png`."""
    suffixes: tuple[str, ...] = tuple(sorted(SUFFIXES))
    labels: Path | None = None
    """A CSV file with the columns `file` (path within the folder, with /) and any of gender, age, origin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledSource:
    """Identities from attributes, which are drawn; their documents are made from words."""

    num_identities: int
    attributes: Path | None = None
    """A folder in FLUXSynID's format, see `attributes.reading`; None takes the set that comes along."""
    guidance: tuple[float, float] | None = None
    """The range that the guidance of each document's picture is drawn from, to one digit behind the point;
    None leaves it to the generator. FLUXSynID has 1.7 2.5."""

    def __post_init__(self) -> None:
        if not 1 <= self.num_identities <= MOST_IDENTITIES:
            raise SettingError(
                f"{self.num_identities} identities cannot be planned; give 1 to {MOST_IDENTITIES}."
            )
        if self.guidance is not None and not 0 <= self.guidance[0] <= self.guidance[1]:
            raise SettingError(f"The guidance has the range {self.guidance}; give the lower number first.")


IdentitiesSource: TypeAlias = DocumentSource | SampledSource


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveConfig:
    """The live images of each identity."""

    num_animations: int = 3
    """By method e, this library's animation."""
    presets: tuple[PresetName, ...] = ("mild",)
    """What they are asked for, in turns: the first slot by the first preset, and so on around."""
    preset_files: tuple[Path, ...] = ()
    """Presets of your own, after those that are named; see `planning.preset_file`."""
    num_arc2face: int = 0
    """By method a."""
    num_pulid: int = 0
    """By method p, which follows the pose of the animation in the same slot."""

    def __post_init__(self) -> None:
        counts = (self.num_animations, self.num_arc2face, self.num_pulid)
        if min(counts) < 0 or max(counts) > 1000:
            raise SettingError(f"An identity has 0 to 1000 live images of a method; asked for {counts}.")
        if self.num_pulid > self.num_animations:
            raise SettingError(
                f"{self.num_pulid} images of PuLID need as many animations to follow; "
                f"there are {self.num_animations}."
            )
        if self.num_animations and not (self.presets or self.preset_files):
            raise SettingError("Animations need a preset to draw from; name one.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanConfig:
    """What is made of identities, wherever they come from."""

    live: LiveConfig = LiveConfig()
    root_seed: int = 0
    """Everything random follows from it: 0 to 2^63 - 1."""
