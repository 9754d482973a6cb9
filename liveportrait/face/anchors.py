"""What the face detector says of its anchors, read as faces."""

from functools import cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from liveportrait.networks.face_detection_network import INPUT_SIZE_PX

_GRIDS = ((16, 2), (8, 6))
"""Cells a side, anchors a cell."""


class Detections(NamedTuple):
    """Square face boxes, best first."""

    centres: Float32[ndarray, "n 2"]
    sides: Float32[ndarray, "n"]
    points: Float32[ndarray, "n 6 2"]
    """Right eye, left eye (the person's), nose tip, mouth, right ear, left ear."""
    scores: Float32[ndarray, "n"]


def decode(
    values: Float32[ndarray, "896 16"], logits: Float32[ndarray, "896"], *, min_score: float
) -> Detections:
    """All anchors that see a face, in pixels of the detector's input; the same face many times over."""
    scores = 1.0 / (1.0 + np.exp(-np.clip(logits, -80.0, 80.0)))
    seen = np.flatnonzero(scores >= min_score)
    seen = seen[np.argsort(-scores[seen], kind="stable")]
    pairs = values[seen].reshape(-1, 8, 2)
    anchors = _anchors()[seen]
    return Detections(
        centres=pairs[:, 0] + anchors,
        sides=pairs[:, 1].max(axis=1).clip(min=1.0),
        points=pairs[:, 2:] + anchors[:, None],
        scores=scores[seen],
    )


def merge_doubles(detections: Detections, *, max_overlap: float) -> Detections:
    """One detection a face: a mean of those that overlap by more, weighted by score, with the best score."""
    merged: list[Detections] = []
    left = np.argsort(-detections.scores, kind="stable")
    while len(left):
        same = _overlap(detections, left) > max_overlap
        same[0] = True
        merged.append(_mean(detections, left[same]))
        left = left[~same]
    if not merged:
        return detections
    return Detections(*(np.stack(column) for column in zip(*merged, strict=True)))


@cache
def _anchors() -> Float32[ndarray, "896 2"]:
    """Centres of the anchors in pixels, row by row, in the order of the network's output."""
    grids = []
    for cells, anchors_a_cell in _GRIDS:
        centres = (np.arange(cells, dtype=np.float32) + 0.5) * INPUT_SIZE_PX / cells - 0.5
        y, x = np.meshgrid(centres, centres, indexing="ij")
        grids.append(np.stack([x, y], axis=-1).reshape(-1, 2).repeat(anchors_a_cell, axis=0))
    return np.concatenate(grids)


def _mean(detections: Detections, group: ndarray) -> Detections:
    scores = detections.scores[group]
    weights = scores / scores.sum()
    return Detections(
        centres=weights @ detections.centres[group],
        sides=weights @ detections.sides[group],
        points=np.einsum("n,npc->pc", weights, detections.points[group]),
        scores=scores[0],
    )


def _overlap(detections: Detections, indices: ndarray) -> Float32[ndarray, "n"]:
    """Intersection over union of the first of `indices` with each of them."""
    centres, sides = detections.centres[indices], detections.sides[indices]
    reach = (sides[0] + sides)[:, None] / 2 - np.abs(centres[0] - centres)
    shared = np.clip(reach, 0, np.minimum(sides[0], sides)[:, None]).prod(axis=1)
    return shared / np.maximum(sides[0] ** 2 + sides**2 - shared, np.finfo(np.float32).tiny)
