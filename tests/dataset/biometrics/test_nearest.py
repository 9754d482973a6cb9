"""The nearest neighbours of a table are found without one."""

import numpy as np
import pytest

from liveportrait.dataset.biometrics.nearest import nearest
from tests.dataset.people import random_vectors


@pytest.mark.parametrize("block", [3, 16, 1000])
@pytest.mark.parametrize("num", [1, 4])
def test_they_are_those_of_a_full_sort(num: int, block: int) -> None:
    queries, gallery = random_vectors(20, seed=1), random_vectors(30, seed=2)
    ours, theirs = np.arange(20, dtype=np.int32), np.arange(30, dtype=np.int32) % 20
    places, cosines = nearest(
        queries, gallery, num=num, query_people=ours, gallery_people=theirs, block=block
    )
    table = queries @ gallery.T
    table[ours[:, None] == theirs[None]] = -np.inf
    assert places.tolist() == np.argsort(-table, axis=1)[:, :num].tolist()
    np.testing.assert_allclose(cosines, -np.sort(-table, axis=1)[:, :num], atol=1e-6)


def test_who_is_alone_has_no_neighbour() -> None:
    one = np.zeros(1, np.int32)
    places, cosines = nearest(
        random_vectors(1), random_vectors(1), num=2, query_people=one, gallery_people=one
    )
    assert places.tolist() == [[-1, -1]] and np.isneginf(cosines).all()
