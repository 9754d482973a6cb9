"""Writes the lists that go with a dataset into its protocols folder."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from liveportrait.dataset.embeddings import Embeddings
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.people import Person
from liveportrait.dataset.protocols.csv_table import write_csv
from liveportrait.dataset.protocols.morphing import MadTrial, MorphCandidate, mad_trials, morph_candidates
from liveportrait.dataset.protocols.splits import SplitRow, SplitSettings, make_splits
from liveportrait.dataset.protocols.verification import (
    VerificationPair,
    VerificationSettings,
    verification_pairs,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolSettings:
    """Which pairs, morphs and splits."""

    verification: VerificationSettings = field(default_factory=VerificationSettings)
    num_morph_partners: int = 1
    """Look-alikes that each person is paired with."""
    splits: SplitSettings = field(default_factory=SplitSettings)


def write_protocols(
    people: Sequence[Person],
    embeddings: Embeddings,
    folder: DatasetFolder,
    *,
    look_alike: float | None,
    settings: ProtocolSettings,
) -> list[Path]:
    """Write pairs, morphs and trials, and splits where it is known from which cosine two look alike."""
    root = folder.protocols
    good = {image.planned.image_id for person in people for image in person.images}
    documents = embeddings.of_role("doc").of_images(good)
    candidates = morph_candidates(people, documents, num_partners=settings.num_morph_partners)
    pairs = verification_pairs(people, settings.verification)
    write_csv(pairs, root / "verification_doc_live.csv", row_type=VerificationPair)
    write_csv(candidates, root / "morph_candidates.csv", row_type=MorphCandidate)
    write_csv(mad_trials(people, candidates), root / "mad_trials.csv", row_type=MadTrial)
    written = [root / f"{name}.csv" for name in ("verification_doc_live", "morph_candidates", "mad_trials")]
    if look_alike is None:
        logger.warning("no threshold says who looks alike: no splits are made; calibrate one, or give it")
        return written
    rows = make_splits(documents, threshold=look_alike, settings=settings.splits)
    write_csv(rows, root / "splits.csv", row_type=SplitRow)
    return [*written, root / "splits.csv"]
