"""The heap keeps whom a table would keep."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveportrait.dataset.filtering.greedy import keep_first_come, remove_most_alike
from liveportrait.dataset.filtering.similarity_graph import SimilarityGraph, graph_of_edges


def naive_kept(table: np.ndarray, *, target_fmr: float) -> list[int]:
    """FLUXSynID's loop: sum the table anew for every removal."""
    alive = list(range(len(table)))
    while len(alive) > 1:
        part = table[np.ix_(alive, alive)]
        if part.sum() / 2 / (len(alive) * (len(alive) - 1) / 2) <= target_fmr:
            break
        alive.pop(int(part.sum(axis=1).argmax()))
    return alive


def graph_of(table: np.ndarray) -> SimilarityGraph:
    rows, columns = np.nonzero(np.triu(table, 1))
    return graph_of_edges(np.stack([rows, columns]).astype(np.int32), num_nodes=len(table))


@st.composite
def tables(draw: st.DrawFn) -> np.ndarray:
    """Random graphs, with a few nodes that many look like."""
    num = draw(st.integers(0, 200))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    liked = rng.random(num) < draw(st.sampled_from([0.0, 0.05, 0.3]))
    chance = draw(st.sampled_from([0.0, 0.01, 0.1, 0.6, 1.0])) + 0.4 * np.add.outer(liked, liked)
    table = np.triu(rng.random((num, num)) < chance, 1)
    return table | table.T


@given(tables(), st.sampled_from([0.0, 1e-4, 1e-3, 0.01, 0.1, 1.0]))
def test_the_heap_is_the_naive_loop(table: np.ndarray, target_fmr: float) -> None:
    selection = remove_most_alike(graph_of(table), target_fmr=target_fmr)
    kept = np.flatnonzero(selection.kept)
    assert kept.tolist() == naive_kept(table, target_fmr=target_fmr)
    assert selection.num_edges == table[np.ix_(kept, kept)].sum() // 2
    assert selection.match_rate <= target_fmr


@given(tables())
def test_first_come_is_independent_and_cannot_grow(table: np.ndarray) -> None:
    kept = keep_first_come(graph_of(table)).kept
    assert not table[np.ix_(kept, kept)].any()
    for node in np.flatnonzero(~kept):
        assert table[node, :node][kept[:node]].any()


def test_of_equals_the_first_goes() -> None:
    two = graph_of_edges(np.array([[0], [1]], np.int32), num_nodes=2)
    assert remove_most_alike(two, target_fmr=0.0).kept.tolist() == [False, True]


@pytest.mark.parametrize("num", [0, 1, 2])
def test_hardly_anybody_is_no_fault(num: int) -> None:
    alone = graph_of_edges(np.empty((2, 0), np.int32), num_nodes=num)
    assert remove_most_alike(alone, target_fmr=0.0).kept.sum() == num
    assert remove_most_alike(alone, target_fmr=0.0).match_rate == 0
