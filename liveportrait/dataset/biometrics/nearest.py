"""The nearest of many vectors, block by block."""

import numpy as np
from jaxtyping import Float32, Int32, Int64
from numpy import ndarray

from liveportrait.dataset.biometrics.score_blocks import BLOCK, blocks_between


def nearest(
    queries: Float32[ndarray, "n d"],
    gallery: Float32[ndarray, "m d"],
    *,
    num: int,
    query_people: Int32[ndarray, "n"],
    gallery_people: Int32[ndarray, "m"],
    block: int = BLOCK,
) -> tuple[Int64[ndarray, "n k"], Float32[ndarray, "n k"]]:
    """For each query the places and cosines of its `num` nearest of other people, nearest first.

    Where there are fewer, the places are -1 and the cosines -inf. Of equals the first is nearer.
    """
    places = np.full((len(queries), num), -1, np.int64)
    cosines = np.full((len(queries), num), -np.inf, np.float32)
    for row, column, scores in blocks_between(queries, gallery, block=block):
        rows = slice(row, row + scores.shape[0])
        people = gallery_people[column : column + scores.shape[1]]
        np.copyto(scores, -np.inf, where=query_people[rows, None] == people[None])
        best = _highest(scores, num)
        both = np.concatenate([cosines[rows], np.take_along_axis(scores, best, axis=1)], axis=1)
        whose = np.concatenate([places[rows], best + column], axis=1)
        order = np.argsort(-both, axis=1, kind="stable")[:, :num]
        cosines[rows] = np.take_along_axis(both, order, axis=1)
        places[rows] = np.take_along_axis(whose, order, axis=1)
    places[np.isneginf(cosines)] = -1
    return places, cosines


def _highest(scores: Float32[ndarray, "r c"], num: int) -> Int64[ndarray, "r k"]:
    """Places of the highest in each row, in falling order."""
    if num == 1:
        return scores.argmax(axis=1)[:, None]
    return np.argsort(-scores, axis=1, kind="stable")[:, :num]
