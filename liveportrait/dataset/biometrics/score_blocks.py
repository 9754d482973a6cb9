"""Cosines of very many pairs, a block at a time: no table of n times n ever exists."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

BLOCK = 2048
"""Rows and columns of a block: 16 MiB of scores, large enough for the products to be most of the time."""


class ScoreBlock(NamedTuple):
    """Scores of some rows against some columns; valid until the next block is asked for."""

    first_row: int
    first_column: int
    scores: Float32[ndarray, "rows columns"]


def blocks_between(
    references: Float32[ndarray, "n d"], probes: Float32[ndarray, "m d"], *, block: int = BLOCK
) -> Iterator[ScoreBlock]:
    """Every reference against every probe."""
    buffer = _buffer(block, len(references), len(probes))
    for row in range(0, len(references), block):
        for column in range(0, len(probes), block):
            yield _product(references, probes, row, column, block=block, buffer=buffer)


def blocks_within(vectors: Float32[ndarray, "n d"], *, block: int = BLOCK) -> Iterator[ScoreBlock]:
    """Every pair of one set once; blocks on the diagonal hold their pairs twice, and each with itself."""
    buffer = _buffer(block, len(vectors), len(vectors))
    for row in range(0, len(vectors), block):
        for column in range(row, len(vectors), block):
            yield _product(vectors, vectors, row, column, block=block, buffer=buffer)


def _buffer(block: int, num_rows: int, num_columns: int) -> ndarray:
    return np.empty(min(block, num_rows) * min(block, num_columns), dtype=np.float32)


def _product(
    left: ndarray, right: ndarray, row: int, column: int, *, block: int, buffer: ndarray
) -> ScoreBlock:
    rows, columns = np.asarray(left[row : row + block]), np.asarray(right[column : column + block])
    scores = buffer[: len(rows) * len(columns)].reshape(len(rows), len(columns))
    np.matmul(rows, columns.T, out=scores)
    return ScoreBlock(row, column, scores)
