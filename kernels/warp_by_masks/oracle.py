"""`warp_by_masks` cell by cell in float64, as the equations have it."""

import itertools

import numpy as np


def warp_by_masks(
    volume: np.ndarray, mask_logits: np.ndarray, shifts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(B, C, D, H, W), (B, K + 1, D, H, W), (B, K, 3) to (B, C, D, H, W), (B, D, H, W, 3)."""
    batch, _, *size = volume.shape
    moved = np.zeros(volume.shape, np.float64)
    deformation = np.zeros((batch, *size, 3), np.float64)
    for item, *cell in itertools.product(range(batch), *map(range, size)):
        weights = np.exp(mask_logits[item, :, *cell].astype(np.float64))
        weights /= weights.sum()
        here = [2 * index / (cells - 1) - 1 for index, cells in zip(cell, size, strict=True)]
        place = np.array(here[::-1]) + weights[1:] @ shifts[item].astype(np.float64)
        deformation[item, *cell] = place
        moved[item, :, *cell] = sample(volume[item], place[::-1])
    return moved, deformation


def sample(volume: np.ndarray, place_zyx: np.ndarray) -> np.ndarray:
    """The channels of (C, D, H, W) at a place in the cube whose faces are the outer faces of the cells."""
    size = np.array(volume.shape[1:])
    at = ((place_zyx + 1) * size - 1) / 2
    total = np.zeros(len(volume), np.float64)
    for step in itertools.product((0, 1), repeat=3):
        corner = np.floor(at).astype(int) + step
        if (corner >= 0).all() and (corner < size).all():
            total += np.prod(1 - np.abs(at - corner)) * volume[:, *corner]
    return total
