"""The graph of look-alikes is the one that a table of all scores would give."""

import numpy as np
import pytest

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.filtering.similarity_graph import clusters, graph_of_edges, similarity_graph
from tests.dataset.people import random_vectors


@pytest.mark.parametrize("block", [5, 64, 2048])
@pytest.mark.parametrize("threshold", [-1.0, 0.1, 0.35, 0.99])
def test_edges_are_the_pairs_that_reach_the_threshold(threshold: float, block: int) -> None:
    vectors = random_vectors(60, dimensions=16)
    graph = similarity_graph(vectors, threshold=threshold, block=block)
    alike = (vectors @ vectors.T >= np.float32(threshold)) & ~np.eye(60, dtype=bool)
    for node in range(60):
        assert graph.neighbours_of(node).tolist() == np.flatnonzero(alike[node]).tolist()
    assert graph.num_edges == alike.sum() // 2


def test_equal_vectors_reach_their_own_score() -> None:
    vectors = random_vectors(1, dimensions=16).repeat(3, axis=0)
    assert similarity_graph(vectors, threshold=0.9999).num_edges == 3


def test_one_vector_or_none_have_no_edges() -> None:
    for num in (0, 1):
        graph = similarity_graph(random_vectors(num), threshold=-1.0)
        assert (graph.num_nodes, graph.num_edges) == (num, 0)


def test_a_threshold_that_joins_everybody_is_named_before_memory_ends() -> None:
    with pytest.raises(DatasetError, match=r"More than 100 pairs of 60 reach the threshold -1\.0"):
        similarity_graph(random_vectors(60), threshold=-1.0, max_edges=100)


def test_chains_of_edges_are_clusters() -> None:
    edges = np.array([[0, 3, 1], [3, 5, 4]], np.int32)
    assert clusters(graph_of_edges(edges, num_nodes=7)).tolist() == [0, 1, 2, 0, 1, 0, 3]
