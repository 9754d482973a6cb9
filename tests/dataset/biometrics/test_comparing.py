"""What is remembered of comparisons is what a table of all of them holds."""

from dataclasses import replace

import numpy as np
import pytest

from liveportrait.dataset.biometrics.comparing import ComparingSettings, compare_between, compare_within
from liveportrait.dataset.biometrics.comparisons import Comparisons
from liveportrait.dataset.biometrics.score_histogram import histogram_of
from liveportrait.dataset.embeddings import Embeddings, Recogniser
from liveportrait.dataset.errors import DatasetError
from tests.dataset.people import people


def table_between(left: Embeddings, right: Embeddings) -> tuple[np.ndarray, np.ndarray]:
    """All mated scores and all others."""
    same = np.equal.outer(np.array(left.identity_ids), np.array(right.identity_ids))
    scores = left.vectors @ right.vectors.T
    return np.sort(scores[same]), np.sort(scores[~same])


def table_within(embeddings: Embeddings) -> tuple[np.ndarray, np.ndarray]:
    upper = np.triu_indices(len(embeddings), 1)
    names = np.array(embeddings.identity_ids)
    same = np.equal.outer(names, names)[upper]
    scores = (embeddings.vectors @ embeddings.vectors.T)[upper]
    return np.sort(scores[same]), np.sort(scores[~same])


def assert_is(found: Comparisons, mated: np.ndarray, others: np.ndarray) -> None:
    np.testing.assert_allclose(np.sort(found.mated.scores), mated, atol=1e-6)
    assert found.non_mated.num == len(others)
    assert found.non_mated.mean == pytest.approx(others.mean(), abs=1e-6)
    assert np.abs(np.cumsum(found.non_mated.counts) - np.cumsum(histogram_of(others).counts)).max() <= 2
    highest = found.pairs.scores[: found.pairs.num_highest]
    np.testing.assert_allclose(highest, others[::-1][: len(highest)], atol=1e-6)


@pytest.mark.parametrize("block", [7, 32, 1000])
@pytest.mark.parametrize("num_highest", [0, 50, 10**6])
def test_one_set(block: int, num_highest: int) -> None:
    embeddings = people(30)
    settings = ComparingSettings(num_highest=num_highest, num_sampled=300)
    found = compare_within(embeddings, settings, block=block)
    assert_is(found, *table_within(embeddings))
    assert found.pairs.num_highest == min(num_highest, found.non_mated.num)
    assert found.num_non_mated(np.ones(30)) == found.non_mated.num


@pytest.mark.parametrize("block", [7, 32, 1000])
def test_documents_with_live_images(block: int) -> None:
    embeddings = people(30, num_live=3)
    documents, live = embeddings.of_role("doc"), embeddings.of_role("live")
    found = compare_between(documents, live, ComparingSettings(num_highest=40), block=block)
    assert_is(found, *table_between(documents, live))
    assert len(found.mated.scores) == 90
    assert found.num_non_mated(np.ones(30)) == found.non_mated.num
    assert np.bincount(found.mated.identity).tolist() == [3] * 30


def test_pairs_are_of_different_people_and_say_whose_they_are() -> None:
    embeddings = people(12, num_live=0)
    pairs = compare_within(embeddings).pairs
    first, second = embeddings.vectors[pairs.first], embeddings.vectors[pairs.second]
    assert (pairs.first != pairs.second).all()
    np.testing.assert_allclose(np.einsum("nd,nd->n", first, second), pairs.scores, atol=1e-6)


def test_the_sample_is_like_the_rest() -> None:
    embeddings = people(150, num_live=1)
    settings = ComparingSettings(num_highest=100, num_sampled=8000)
    found = compare_within(embeddings, settings, block=64)
    sampled = found.pairs.scores[found.pairs.num_highest :]
    _, others = table_within(embeddings)
    rest = others[: -found.pairs.num_highest]
    assert len(sampled) == pytest.approx(8000, rel=0.1)
    assert sampled.max() < found.pairs.scores[found.pairs.num_highest - 1]
    assert sampled.mean() == pytest.approx(rest.mean(), abs=0.01)
    assert sampled.std() == pytest.approx(rest.std(), rel=0.05)


def test_failures_to_enrol_are_counted_and_never_scored() -> None:
    embeddings = people(10, num_live=2)
    vectors = embeddings.vectors.copy()
    vectors[0] = np.nan  # the first document
    vectors[4] = np.nan  # a live image of the second
    found = compare_between(
        replace(embeddings, vectors=vectors).of_role("doc"),
        replace(embeddings, vectors=vectors).of_role("live"),
    )
    assert (found.num_failed, found.num_images, found.num_mated_lost) == (2, 30, 3)
    assert np.isfinite(found.mated.scores).all() and len(found.mated.scores) == 17
    within = compare_within(replace(embeddings, vectors=vectors))
    assert (within.num_failed, within.num_mated_lost, len(within.mated.scores)) == (2, 4, 26)


def test_recognisers_are_not_mixed() -> None:
    embeddings = people(3)
    other = replace(embeddings, recogniser=Recogniser(name="other", weights_sha256="0" * 64, licence="MIT"))
    with pytest.raises(DatasetError, match="cannot be compared"):
        compare_between(embeddings, other)
