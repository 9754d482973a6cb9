"""Which to leave out of a graph of look-alikes, so that few or no pairs of them are left."""

import heapq
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64
from numpy import ndarray

from liveportrait.dataset.filtering.similarity_graph import SimilarityGraph


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Selection:
    """What is kept of a graph's nodes."""

    kept: Bool[ndarray, "n"]
    num_edges: int
    """Left between the kept ones."""

    @property
    def match_rate(self) -> float:
        """Edges over possible pairs of the kept ones."""
        return match_rate(self.num_edges, int(self.kept.sum()))


def match_rate(num_edges: int, num_nodes: int) -> float:
    """Share of all pairs that look alike."""
    pairs = num_nodes * (num_nodes - 1) // 2
    return num_edges / pairs if pairs else 0.0


def remove_most_alike(graph: SimilarityGraph, *, target_fmr: float) -> Selection:
    """Remove the node with most edges, again and again, until the match rate is at most the target.

    Of equals the first goes, so the result depends on nothing but the order of the nodes.
    The rule is FLUXSynID's; with the target 0 it is ONOT's. Degrees only fall, so what the heap
    says of a node is never too little: one that is stale is put back with its true degree.
    """
    degrees = np.diff(graph.starts)
    alive = np.ones(graph.num_nodes, bool)
    num_edges, num_alive = graph.num_edges, graph.num_nodes
    heap = _heap(degrees)
    while num_edges and match_rate(num_edges, num_alive) > target_fmr:
        stale_degree, node = heapq.heappop(heap)
        degree = int(degrees[node])
        if degree < -stale_degree:
            heapq.heappush(heap, (-degree, node))
            continue
        alive[node] = False
        degrees[graph.neighbours_of(node)] -= 1
        num_edges -= degree
        num_alive -= 1
    return Selection(kept=alive, num_edges=num_edges)


def keep_first_come(graph: SimilarityGraph) -> Selection:
    """Go through the nodes in order and keep each that looks like none kept before.

    Later nodes change nothing about earlier ones, so a growing dataset keeps what it had.
    """
    free = np.ones(graph.num_nodes, bool)
    for node in range(graph.num_nodes):
        if free[node]:
            near = graph.neighbours_of(node)
            free[near[near > node]] = False
    return Selection(kept=free, num_edges=0)


def _heap(degrees: Int64[ndarray, "n"]) -> list[tuple[int, int]]:
    nodes = np.flatnonzero(degrees)
    heap = list(zip((-degrees[nodes]).tolist(), nodes.tolist(), strict=True))
    heapq.heapify(heap)
    return heap
