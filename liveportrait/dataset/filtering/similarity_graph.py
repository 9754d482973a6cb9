"""Who looks like whom: an edge between two whose cosine reaches the threshold.

At 1,000,000 vectors there are 5e11 pairs and at a false match rate of 1e-4 some 5e7 edges: the
pairs are computed block by block and only the edges are kept, 8 bytes each way.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int32, Int64
from numpy import ndarray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from liveportrait.dataset.biometrics.score_blocks import BLOCK, ScoreBlock, blocks_within
from liveportrait.dataset.errors import DatasetError

MAX_EDGES = 200_000_000
"""Some 10 GB while the graph is built; more than that says that the threshold is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimilarityGraph:
    """Neighbours of node k: `neighbours[starts[k] : starts[k + 1]]`; each edge stands at both its ends."""

    starts: Int64[ndarray, "nodes_and_one"]
    neighbours: Int32[ndarray, "edges_twice"]

    @property
    def num_nodes(self) -> int:
        return len(self.starts) - 1

    @property
    def num_edges(self) -> int:
        return len(self.neighbours) // 2

    def neighbours_of(self, node: int) -> Int32[ndarray, "degree"]:
        """In rising order."""
        return self.neighbours[self.starts[node] : self.starts[node + 1]]


def similarity_graph(
    vectors: Float32[ndarray, "n d"],
    *,
    threshold: float,
    block: int = BLOCK,
    max_edges: int = MAX_EDGES,
) -> SimilarityGraph:
    """The graph of vectors of unit length, none of them nan."""
    found, num_edges = [np.empty((2, 0), np.int32)], 0
    for scores in blocks_within(vectors, block=block):
        edges = _edges(scores, threshold)
        found.append(edges)
        num_edges += edges.shape[1]
        if num_edges > max_edges:
            raise DatasetError(
                f"More than {max_edges} pairs of {len(vectors)} reach the threshold {threshold}; "
                "expected a few of a thousand. Is it a threshold of this recogniser?"
            )
    return graph_of_edges(np.concatenate(found, axis=1), num_nodes=len(vectors))


def graph_of_edges(edges: Int32[ndarray, "2 edges"], *, num_nodes: int) -> SimilarityGraph:
    """The graph with these edges, each given once."""
    ends = np.concatenate([edges, edges[::-1]], axis=1)
    matrix = coo_array((np.ones(ends.shape[1], bool), (ends[0], ends[1])), (num_nodes, num_nodes)).tocsr()
    matrix.sort_indices()
    return SimilarityGraph(
        starts=matrix.indptr.astype(np.int64), neighbours=matrix.indices.astype(np.int32, copy=False)
    )


def clusters(graph: SimilarityGraph) -> Int32[ndarray, "n"]:
    """A number for each node, equal for those that are joined by a chain of edges."""
    ones = np.ones(len(graph.neighbours), bool)
    shape = (graph.num_nodes, graph.num_nodes)
    ends = (np.repeat(np.arange(graph.num_nodes), np.diff(graph.starts)), graph.neighbours)
    _, labels = connected_components(coo_array((ones, ends), shape), directed=False)
    return labels.astype(np.int32, copy=False)


def _edges(block: ScoreBlock, threshold: float) -> Int32[ndarray, "2 edges"]:
    hits = np.flatnonzero(block.scores >= np.float32(threshold))
    rows, columns = np.divmod(hits, block.scores.shape[1])
    edges = np.stack([rows + block.first_row, columns + block.first_column]).astype(np.int32)
    return edges[:, edges[0] < edges[1]]
