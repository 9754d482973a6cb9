"""Blocks of scores put together are the whole table."""

import numpy as np
import pytest

from liveportrait.dataset.biometrics.score_blocks import blocks_between, blocks_within
from tests.dataset.people import random_vectors


@pytest.mark.parametrize("block", [1, 3, 7, 10, 64])
def test_blocks_cover_every_pair(block: int) -> None:
    left, right = random_vectors(10, seed=1), random_vectors(7, seed=2)
    table = np.full((10, 7), np.nan)
    for row, column, scores in blocks_between(left, right, block=block):
        place = (slice(row, row + scores.shape[0]), slice(column, column + scores.shape[1]))
        assert np.isnan(table[place]).all()
        table[place] = scores
    np.testing.assert_allclose(table, left @ right.T, atol=1e-6)


@pytest.mark.parametrize("block", [1, 3, 10, 64])
def test_pairs_of_one_set_come_once(block: int) -> None:
    vectors = random_vectors(10)
    seen = np.zeros((10, 10), int)
    for row, column, scores in blocks_within(vectors, block=block):
        place = (slice(row, row + scores.shape[0]), slice(column, column + scores.shape[1]))
        seen[place] += 1
        np.testing.assert_allclose(scores, (vectors @ vectors.T)[place], atol=1e-6)
    assert (np.triu(seen) == np.triu(np.ones((10, 10)))).all()


def test_an_empty_set_has_no_blocks() -> None:
    none = np.empty((0, 8), np.float32)
    assert list(blocks_within(none)) == []
    assert list(blocks_between(none, random_vectors(3, dimensions=8))) == []
