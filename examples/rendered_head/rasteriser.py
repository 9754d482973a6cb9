"""Which triangle is seen at each pixel, in numpy alone."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


class Fragments(NamedTuple):
    """The covered pixels, in no particular order."""

    pixels: Ints
    """Index into the flattened picture."""
    triangles: Ints
    weights: Floats
    """Barycentric, (N, 3)."""

    def of(self, per_vertex: Floats, triangles: Ints) -> Floats:
        """An attribute of the vertices, interpolated at each pixel."""
        return np.einsum("nk,nkc->nc", self.weights, per_vertex[triangles[self.triangles]])


def rasterise(points_xy: Floats, depth: Floats, triangles: Ints, *, size_px: int) -> Fragments:
    """See triangles that run clockwise on screen (y down); less depth is nearer."""
    corners = points_xy[triangles]
    area = _cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    facing = np.flatnonzero(area < -1e-6)
    low = np.floor(corners[facing].min(1)).astype(np.int64)
    extent = (np.ceil(corners[facing].max(1)).astype(np.int64) - low).max(1) + 1
    found = [
        _covered(facing[extent_class], low[extent_class], side, corners, area, size_px)
        for extent_class, side in _by_extent(extent)
    ]
    pixels, owners, weights = (np.concatenate(parts) for parts in zip(*found, strict=True))
    distance = np.einsum("nk,nk->n", weights, depth[triangles[owners]])
    nearest = np.full(size_px * size_px, -1, np.int64)
    order = np.argsort(-distance, kind="stable")
    nearest[pixels[order]] = order  # the last one written stays: the nearest
    kept = nearest[nearest >= 0]
    return Fragments(pixels[kept], owners[kept], weights[kept])


def _by_extent(extent: Ints) -> list[tuple[Ints, int]]:
    """Triangles of like size together, so that each group is one dense computation."""
    sides = [2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 96, 128, 256, 512, 1024]
    bins = np.searchsorted(sides, extent)
    return [(np.flatnonzero(bins == k), sides[k]) for k in np.unique(bins)]


def _covered(
    owners: Ints, low: Ints, side: int, corners: Floats, area: Floats, size_px: int
) -> tuple[Ints, Ints, Floats]:
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(1, -1, 2)
    places = low[:, None] + grid
    point = places + np.float32(0.5)
    a, b, c = (corners[owners, None, corner] for corner in range(3))
    total = area[owners, None]
    weights = np.stack(
        [
            _cross(c - b, point - b) / total,
            _cross(a - c, point - c) / total,
            _cross(b - a, point - a) / total,
        ],
        -1,
    )
    inside = (weights >= 0).all(-1) & (places >= 0).all(-1) & (places < size_px).all(-1)
    pixels = places[..., 1] * size_px + places[..., 0]
    owner_of = np.broadcast_to(owners[:, None], inside.shape)
    return pixels[inside], owner_of[inside], weights[inside].astype(np.float32)


def _cross(u: Floats, v: Floats) -> Floats:
    return u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]
