"""Compares embeddings, block by block."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int32
from numpy import ndarray

from liveportrait.dataset.biometrics.comparisons import Comparisons, MatedScores
from liveportrait.dataset.biometrics.pair_collector import PairCollector
from liveportrait.dataset.biometrics.score_blocks import BLOCK, ScoreBlock, blocks_between, blocks_within
from liveportrait.dataset.biometrics.score_histogram import ScoreHistogram, histogram_of
from liveportrait.dataset.embeddings import Embeddings
from liveportrait.dataset.errors import DatasetError


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparingSettings:
    """How much is remembered of pairs of different people."""

    num_highest: int = 500_000
    """Highest scores that are kept; enough for a false match rate of 1e-3 over 5e8 pairs."""
    num_sampled: int = 2_000_000
    """Of the others, for intervals at high rates; where it is few they come out wider, never narrower."""
    sampling_seed: int = 0


def compare_within(
    embeddings: Embeddings, settings: ComparingSettings | None = None, *, block: int = BLOCK
) -> Comparisons:
    """Every two images of one set."""
    settings = settings or ComparingSettings()
    names, codes = _coded([embeddings])
    enrolled = embeddings.enrolled
    ours = codes[0][enrolled]
    tally = _Tally(ours, ours, settings, num_pairs=len(ours) * (len(ours) - 1) // 2)
    vectors = embeddings.vectors[enrolled]
    for scores in blocks_within(vectors, block=block):
        tally.add(scores, _upper(scores) if scores.first_row == scores.first_column else None)
    counts, all_counts = (np.bincount(each, minlength=len(names)) for each in (ours, codes[0]))
    return Comparisons(
        identity_ids=names,
        references=counts,
        probes=None,
        mated=tally.mated(),
        non_mated=tally.non_mated,
        pairs=tally.collector.pairs(),
        num_failed=int((~enrolled).sum()),
        num_images=len(embeddings),
        num_mated_lost=int((all_counts * (all_counts - 1) // 2 - counts * (counts - 1) // 2).sum()),
    )


def compare_between(
    references: Embeddings,
    probes: Embeddings,
    settings: ComparingSettings | None = None,
    *,
    block: int = BLOCK,
) -> Comparisons:
    """Every reference with every probe, as of documents with live images."""
    if references.recogniser != probes.recogniser:
        raise DatasetError(
            f"Embeddings of {references.recogniser.name} cannot be compared with those of "
            f"{probes.recogniser.name}, nor those of different weights."
        )
    settings = settings or ComparingSettings()
    names, codes = _coded([references, probes])
    here, there = references.enrolled, probes.enrolled
    ours, theirs = codes[0][here], codes[1][there]
    tally = _Tally(ours, theirs, settings, num_pairs=len(ours) * len(theirs))
    for scores in blocks_between(references.vectors[here], probes.vectors[there], block=block):
        tally.add(scores, None)
    num = len(names)
    num_ours, num_theirs = np.bincount(ours, minlength=num), np.bincount(theirs, minlength=num)
    planned = np.bincount(codes[0], minlength=num) * np.bincount(codes[1], minlength=num)
    return Comparisons(
        identity_ids=names,
        references=num_ours,
        probes=num_theirs,
        mated=tally.mated(),
        non_mated=tally.non_mated,
        pairs=tally.collector.pairs(),
        num_failed=int((~here).sum() + (~there).sum()),
        num_images=len(references) + len(probes),
        num_mated_lost=int((planned - num_ours * num_theirs).sum()),
    )


class _Tally:
    """What has been seen of the comparisons so far."""

    def __init__(
        self, rows: ndarray, columns: ndarray, settings: ComparingSettings, *, num_pairs: int
    ) -> None:
        self._rows, self._columns = rows, columns
        self._mated: list[MatedScores] = []
        self.non_mated: ScoreHistogram = histogram_of(np.empty(0, np.float32))
        self.collector = PairCollector(
            num_highest=settings.num_highest,
            sampled_share=min(1.0, settings.num_sampled / max(num_pairs, 1)),
            seed=settings.sampling_seed,
        )

    def add(self, block: ScoreBlock, chosen: ndarray | None) -> None:
        """Count a block, or of it those places (of the flat block) that are `chosen`."""
        num_rows, num_columns = block.scores.shape
        rows = self._rows[block.first_row : block.first_row + num_rows]
        columns = self._columns[block.first_column : block.first_column + num_columns]
        same = (rows[:, None] == columns[None, :]).reshape(-1)
        flat = block.scores.reshape(-1)
        if chosen is None:
            mated = np.flatnonzero(same)
            self.non_mated = self.non_mated.plus(histogram_of(flat)).minus(histogram_of(flat[mated]))
            high, sampled = self._places(flat)
            high, sampled = high[~same[high]], sampled[~same[sampled]]
        else:
            mated, strangers = chosen[same[chosen]], chosen[~same[chosen]]
            self.non_mated = self.non_mated.plus(histogram_of(flat[strangers]))
            high, sampled = (strangers[places] for places in self._places(flat[strangers]))
        self._mated.append(MatedScores(identity=rows[mated // num_columns], scores=flat[mated]))
        for places, keep in ((high, self.collector.keep_high), (sampled, self.collector.keep_sampled)):
            keep(rows[places // num_columns], columns[places % num_columns], flat[places])

    def _places(self, scores: ndarray) -> tuple[ndarray, ndarray]:
        return self.collector.high_places(scores), self.collector.sampled_places(len(scores))

    def mated(self) -> MatedScores:
        none = MatedScores(identity=np.empty(0, np.int32), scores=np.empty(0, np.float32))
        parts = [none, *self._mated]
        return MatedScores(
            identity=np.concatenate([part.identity for part in parts]),
            scores=np.concatenate([part.scores for part in parts]),
        )


def _upper(block: ScoreBlock) -> ndarray:
    """Places above the diagonal of a square block."""
    return np.flatnonzero(np.triu(np.ones(block.scores.shape, bool), 1))


def _coded(sets: Sequence[Embeddings]) -> tuple[tuple[str, ...], list[Int32[ndarray, "_"]]]:
    """The identities of all sets in rising order, and each set's images by their numbers."""
    names = sorted({name for part in sets for name in part.identity_ids})
    number = {name: code for code, name in enumerate(names)}
    codes = [np.array([number[name] for name in part.identity_ids], dtype=np.int32) for part in sets]
    return tuple(names), codes
