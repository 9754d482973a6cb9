"""What a driving frame shows and the source does not: no warp can bring it, a model must invent it."""

from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray
from scipy.spatial import Delaunay

from liveportrait.arrays import Landmarks, Mask
from liveportrait.evaluation.face_regions import face_mask

Triangles: TypeAlias = Int[ndarray, "t 3"]
"""Indices of points, clockwise on the screen where the face looks ahead."""

_SEEN_SHARE = 0.4
"""A triangle that the source shows at less than this share of its later area counts as hidden there."""


def mesh_triangles(head: Float[ndarray, "n 3"]) -> Triangles:
    """The face as a surface, eyes and mouth filled: Delaunay over the head at rest, seen from ahead."""
    triangles = Delaunay(head[:, :2]).simplices
    turned_over = _doubled_areas(head[:, :2], triangles) < 0
    triangles[turned_over] = triangles[turned_over][:, ::-1]
    return triangles


def disoccluded_mask(
    source: Landmarks, driving: Landmarks, triangles: Triangles, *, size_wh: tuple[int, int]
) -> Mask:
    """1 where the driving frame shows what the face hid in the source: skin turned away, an open mouth or
    eye that was shut, and all that the source's face covered and the driver's does not."""
    covered = face_mask(source, size_wh=size_wh), face_mask(driving, size_wh=size_wh)
    mask = covered[0] * (1 - covered[1])
    for triangle in triangles[_newly_seen(source, driving, triangles)]:
        corners = np.round(driving[triangle]).astype(np.int32)
        mask = cv2.fillConvexPoly(mask, corners, 1.0)
    return mask


def _newly_seen(source: Landmarks, driving: Landmarks, triangles: Triangles) -> ndarray:
    before, now = _doubled_areas(source, triangles), _doubled_areas(driving, triangles)
    growth = np.abs(now).sum() / max(float(np.abs(before).sum()), 1e-6)
    return (now > 0) & (before * growth < now * _SEEN_SHARE)


def _doubled_areas(points: Float[ndarray, "n 2"], triangles: Triangles) -> Float[ndarray, "t"]:
    first, second, third = (points[triangles[:, corner]] for corner in range(3))
    along, aside = second - first, third - first
    return along[:, 0] * aside[:, 1] - along[:, 1] * aside[:, 0]
