"""From a config to what a plan is written from: settings that fix every row, and the identities."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from liveportrait.dataset.attributes.builtin_set import builtin_attribute_set
from liveportrait.dataset.attributes.marginals import MarginalsCounter
from liveportrait.dataset.attributes.reading import read_attribute_set
from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.planning.config import (
    DocumentSource,
    IdentitiesSource,
    LiveConfig,
    PlanConfig,
    SampledSource,
)
from liveportrait.dataset.planning.documents import DocumentListing, list_documents
from liveportrait.dataset.planning.facts import PlanSettings
from liveportrait.dataset.planning.identities import document_identities, sampled_identities
from liveportrait.dataset.planning.labels import check_labels, labels_sha256, read_labels
from liveportrait.dataset.planning.preset_file import load_preset
from liveportrait.dataset.planning.presets import PRESETS, Preset
from liveportrait.dataset.schema.failures import FailureRow
from liveportrait.dataset.schema.identities import IdentitySource, PlannedIdentity
from liveportrait.errors import SettingError
from liveportrait.media.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a plan is written from."""

    settings: PlanSettings
    identities: Iterable[PlannedIdentity]
    """To be gone through once."""
    failures: tuple[FailureRow, ...] = ()
    document_folder: Path | None = None
    marginals: MarginalsCounter | None = None
    """Counts the identities as they are gone through."""


def gather(source: IdentitiesSource, config: PlanConfig, *, leave_out: Path, progress: Progress) -> Material:
    """Look at the documents, or at the attributes; `leave_out` is the folder of the dataset itself."""
    if isinstance(source, DocumentSource):
        listing = list_documents(source, leave_out=leave_out, progress=progress)
        return _of_documents(source, listing, config)
    return _of_attributes(source, config)


def _of_documents(source: DocumentSource, listing: DocumentListing, config: PlanConfig) -> Material:
    if not listing.documents:
        reasons = " ".join(row.message for row in listing.failures[:3])
        raise DatasetError(
            f"{source.folder}: expected document images ({', '.join(source.suffixes)}), "
            f"found none that can be used. {reasons}".rstrip()
        )
    labels = {} if source.labels is None else read_labels(source.labels)
    if source.labels is not None:
        check_labels(labels, listing.names, source.labels)
    return Material(
        settings=replace(
            _settings("folder", len(listing.documents), config),
            documents_sha256=listing.sha256,
            labels_sha256=None if source.labels is None else labels_sha256(labels),
        ),
        identities=document_identities(listing, labels, root_seed=config.root_seed),
        failures=listing.failures,
        document_folder=source.folder.resolve(),
    )


def _of_attributes(source: SampledSource, config: PlanConfig) -> Material:
    chosen = source.attributes
    attribute_set = builtin_attribute_set() if chosen is None else read_attribute_set(chosen)
    counter = MarginalsCounter(attribute_set)
    identities = sampled_identities(attribute_set, source.num_identities, root_seed=config.root_seed)
    low, high = source.guidance or (None, None)
    return Material(
        settings=replace(
            _settings("sampled", source.num_identities, config),
            attribute_set=attribute_set,
            lowest_guidance=low,
            highest_guidance=high,
        ),
        identities=counter.counted(identities),
        marginals=counter,
    )


def _settings(source: IdentitySource, num_identities: int, config: PlanConfig) -> PlanSettings:
    """What both sources have."""
    return PlanSettings(
        root_seed=config.root_seed,
        source=source,
        num_identities=num_identities,
        num_animations=config.live.num_animations,
        num_arc2face=config.live.num_arc2face,
        num_pulid=config.live.num_pulid,
        presets=_presets(config.live),
    )


def _presets(config: LiveConfig) -> tuple[Preset, ...]:
    """In the order in which slots take turns; none where there is nothing to animate."""
    if not config.num_animations:
        return ()
    presets = (*(PRESETS[name] for name in config.presets), *map(load_preset, config.preset_files))
    for preset in presets:
        if any(other.name == preset.name and other != preset for other in presets):
            raise SettingError(f"Two presets are called {preset.name}; rename the file of one.")
    return presets
