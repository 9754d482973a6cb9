"""Splits that share no person and no look-alike: whole clusters of look-alikes go to one split."""

import logging
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from liveportrait.dataset.embeddings import Embeddings
from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.filtering.similarity_graph import clusters, similarity_graph
from liveportrait.dataset.ids import unit_draw

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitSettings:
    """How the people are shared out."""

    train: float = 0.8
    validation: float = 0.1
    test: float = 0.1
    split_seed: int = 0

    def __post_init__(self) -> None:
        shares = (self.train, self.validation, self.test)
        if min(shares) < 0 or abs(sum(shares) - 1) > 1e-6:
            raise DatasetError(f"Expected shares of train, validation and test that sum to 1; got {shares}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRow:
    """Where an identity belongs."""

    identity_id: str
    split: str
    cluster: str
    """The first identity of those that are joined to it by a chain of look-alikes; often itself."""


def make_splits(documents: Embeddings, *, threshold: float, settings: SplitSettings) -> list[SplitRow]:
    """Largest clusters first, each to the split that lacks most; people of no cluster by a fixed draw.

    Someone whose document gave no vector looks like nobody.
    """
    members = _clusters(documents, threshold)
    wanted = {"train": settings.train, "validation": settings.validation, "test": settings.test}
    num = sum(map(len, members.values()))
    lacking = {split: share * num for split, share in wanted.items()}
    largest_first = sorted(
        members, key=lambda name: (-len(members[name]), unit_draw(settings.split_seed, name), name)
    )
    rows = []
    for cluster in largest_first:
        split = max(lacking, key=lambda name: lacking[name])
        lacking[split] -= len(members[cluster])
        rows += [SplitRow(identity_id=name, split=split, cluster=cluster) for name in members[cluster]]
    _warn_of_overflow({split: -short for split, short in lacking.items()}, num)
    return sorted(rows, key=lambda row: row.identity_id)


def _clusters(documents: Embeddings, threshold: float) -> dict[str, list[str]]:
    """Identities by the first of their cluster."""
    enrolled = documents.enrolled
    names = np.array(documents.identity_ids, dtype=object)
    labels = clusters(similarity_graph(documents.vectors[enrolled], threshold=threshold))
    together: dict[int, list[str]] = defaultdict(list)
    for name, label in zip(names[enrolled].tolist(), labels.tolist(), strict=True):
        together[label].append(name)
    alone = [[name] for name in names[~enrolled].tolist()]
    return {min(group): sorted(group) for group in [*together.values(), *alone]}


def _warn_of_overflow(excess: dict[str, float], num: int) -> None:
    for split, too_many in excess.items():
        if too_many > max(1.0, 0.05 * num):
            logger.warning(
                "%s has %.0f identities more than asked: look-alikes are kept together, and many are. "
                "A higher threshold makes smaller clusters.",
                split,
                too_many,
            )
