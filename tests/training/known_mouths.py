"""Faces that are a mouth and a chin, with known lips."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from liveportrait.training.jaw_warp import (
    CHIN,
    LOWER_INNER_LIP,
    LOWER_OUTER_LIP,
    UPPER_INNER_LIP,
    Mouth,
    read_mouth,
)

HALF_WIDTH = 0.25


def face(
    opening: float, *, turn: float = 0.0, lean: float = 0.0, power: float = 2.0
) -> Float[ndarray, "478 3"]:
    """Lips as two parabolas, `opening` times as high as wide, the middle of the corners at the origin.

    Lopsided where the widest place leans aside, peaked there where the power is low.
    """
    points = np.zeros((478, 3), np.float32)
    u = np.linspace(-1, 1, len(UPPER_INNER_LIP))
    away = np.where(u < lean, (lean - u) / (1 + lean), (u - lean) / (1 - lean))
    bulge = opening * HALF_WIDTH * (1 - away**power)
    points[list(UPPER_INNER_LIP), 0] = points[list(LOWER_INNER_LIP), 0] = u * HALF_WIDTH
    points[list(UPPER_INNER_LIP), 1], points[list(LOWER_INNER_LIP), 1] = -bulge, bulge
    points[LOWER_OUTER_LIP, 1] = opening * HALF_WIDTH + 0.05
    points[CHIN, 1] = opening * HALF_WIDTH + 0.25
    cos, sin = np.cos(turn), np.sin(turn)
    points[:, :2] = points[:, :2] @ np.array([[cos, sin], [-sin, cos]], np.float32)
    return points


def mouth_of(opening: float, *, turn: float = 0.0, lean: float = 0.0, power: float = 2.0) -> Mouth:
    mouth = read_mouth(face(opening, turn=turn, lean=lean, power=power))
    assert mouth is not None
    return mouth
