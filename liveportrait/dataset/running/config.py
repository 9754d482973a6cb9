"""What a run is told: the recipe, which decides what comes out, and the execution, which does not."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from liveportrait.dataset.generators.animation import AnimationConfig
from liveportrait.dataset.generators.folder import FolderConfig
from liveportrait.dataset.generators.protocol import DocumentGeneratorConfig, LiveGeneratorConfig
from liveportrait.dataset.measuring.faces import FaceMeasuringConfig
from liveportrait.dataset.measuring.protocol import MeasurerConfig
from liveportrait.errors import SettingError

Storage: TypeAlias = Literal["folders", "tar"]
PictureFormat: TypeAlias = Literal["png", "jpg", "webp"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSettings:
    """How images are written."""

    document_format: PictureFormat = "png"
    live_format: PictureFormat = "jpg"
    quality: int = 95
    """Of JPEG and WebP, 1..100."""
    storage: Storage = "folders"
    """`tar` packs the images of each shard into one file: a million files are too many for most disks."""

    def __post_init__(self) -> None:
        if not 1 <= self.quality <= 100:
            raise SettingError(f"The quality of pictures is {self.quality}; give 1..100.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What a finished image must fulfil; one that does not is kept and marked as rejected."""

    faces: Literal["one", "some", "any"] = "one"
    """How many faces are found on it: exactly one, at least one, or whatever there is."""
    least_identity_cosine: float | None = None
    """To the document, of live images; None asks for nothing, as the measure depends on the recogniser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What comes out. A folder keeps to the recipe that it was begun with."""

    documents: DocumentGeneratorConfig = field(default_factory=FolderConfig)
    live: tuple[LiveGeneratorConfig, ...] = (AnimationConfig(),)
    """One for each method that is to be run; planned images of others wait."""
    measuring: MeasurerConfig = field(default_factory=FaceMeasuringConfig)
    pictures: PictureSettings = PictureSettings()
    checks: Checks = Checks()
    document_licence: str = "LicenseRef-Unknown"
    """Of the documents where they are taken from files: an SPDX identifier or `LicenseRef-...`."""
    shard_identities: int = 256
    """Identities in a shard: what one worker does in one go, and one tar file holds."""
    batch_size: int = 1
    """Live images of one person that are drawn at once; more than 1 is for GPUs."""
    most_attempts: int = 3
    """Tries for an image whose making is random, or broke for no fault of the document."""

    def __post_init__(self) -> None:
        for name in ("shard_identities", "batch_size", "most_attempts"):
            if getattr(self, name) < 1:
                raise SettingError(f"{name} is {getattr(self, name)}; give 1 or more.")
        methods = [config.method for config in self.live]
        if len(set(methods)) < len(methods):
            raise SettingError(f"Each method of live images can be run once; got {', '.join(methods)}.")
        if self.checks.least_identity_cosine is not None and self.measuring.vectors_by is None:
            raise SettingError("least_identity_cosine needs a recogniser, and there is none; name one.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """How the work is done; nothing of it changes the plan's images but for last bits."""

    num_workers: int = 1
    """Processes, or actors, at work beside each other."""
    num_threads: int | None = None
    """Of each worker; None takes the cores that it has, and shares those of one machine among its workers."""
    max_failure_rate: float = 0.5
    """A worker stops when more than this share of its images failed (of 20 or more)."""
    retry_failed: bool = False
    """Try images again that failed before, with other seeds."""

    def __post_init__(self) -> None:
        if self.num_workers < 1:
            raise SettingError(f"num_workers is {self.num_workers}; give 1 or more.")
        if self.num_threads is not None and self.num_threads < 1:
            raise SettingError(f"num_threads is {self.num_threads}; give 1 or more, or leave it out.")
        if not 0 <= self.max_failure_rate <= 1:
            raise SettingError(f"max_failure_rate is {self.max_failure_rate}; give a share, 0..1.")
