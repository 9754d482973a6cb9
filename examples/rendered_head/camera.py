"""From a posed head to a picture."""

import cv2
import numpy as np
from numpy.typing import NDArray

from rendered_head.mesh import Head, HeadPose, normals
from rendered_head.paint import Stencils, albedo, lit
from rendered_head.rasteriser import Floats, rasterise

DISTANCE_CM = 80.0
LOOKS_AT_Y_CM = -1.5
PIXELS_PER_CM = 12.4
"""At the distance of the head, for a picture of 512 pixels."""
GLOSS = {"skin": 0.10, "left_eye": 0.3, "right_eye": 0.3, "teeth": 0.2, "gums": 0.1}


def photograph(
    head: Head, masks: Stencils, *, expression: dict[str, float], pose: HeadPose, size_px: int = 512
) -> NDArray[np.uint8]:
    """An RGB picture, four samples a pixel."""
    side = 2 * size_px
    points = head.posed(expression, pose)
    distance = DISTANCE_CM - points[:, 2]
    scale = PIXELS_PER_CM * side / 512 * DISTANCE_CM / distance
    xy = np.stack([side / 2 + scale * points[:, 0], side / 2 - scale * (points[:, 1] - LOOKS_AT_Y_CM)], 1)
    seen = rasterise(xy, distance, head.triangles, size_px=side)
    part_of = head.parts[seen.triangles]
    normal = seen.of(normals(points, head.triangles), head.triangles)
    colour = albedo(head, seen.of(head.rest, head.triangles), part_of, masks)
    gloss = np.array([GLOSS.get(name, 0.0) for name in head.part_names], np.float32)[part_of][:, None]
    picture = _backdrop(side).reshape(-1, 3)
    picture[seen.pixels] = lit(colour, normal, gloss)
    small = cv2.resize(picture.reshape(side, side, 3), (size_px, size_px), interpolation=cv2.INTER_AREA)
    return (np.clip(small, 0, 1) * 255).round().astype(np.uint8)


def _backdrop(side: int) -> Floats:
    """A wall, lighter towards the middle."""
    y, x = np.mgrid[0:side, 0:side] / side - 0.5
    glow = np.exp(-(x * x + (y + 0.1) ** 2) / 0.16)[..., None]
    return (np.array([0.30, 0.33, 0.36]) + glow * [0.22, 0.22, 0.20]).astype(np.float32)
