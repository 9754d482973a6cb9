"""The colours of the head: painted on the face at rest, so that they move with it, then lit."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from rendered_head.mesh import Head, hair_cover
from rendered_head.rasteriser import Floats

SKIN = np.array([0.78, 0.56, 0.45])
LIPS = np.array([0.66, 0.33, 0.31])
HAIR = np.array([0.13, 0.085, 0.06])
IRIS = np.array([0.25, 0.36, 0.33])
FLAT = {
    "mouth": (0.30, 0.09, 0.09),
    "eye_socket": (0.55, 0.30, 0.26),
    "gums": (0.62, 0.28, 0.28),
    "teeth": (0.80, 0.77, 0.70),
    "lashes": (0.10, 0.07, 0.06),
    "cloth": (0.16, 0.27, 0.33),
}
EYE_CENTRE = np.array([3.05, 3.55, 8.0])
"""Of the left eyeball; the right one is its mirror image."""
CAVITY_Z = 10.9
"""The mouth's inside darkens from here backwards."""

# Outlines on the face at rest, centimetres seen from the front; left and right are alike.
UPPER_LIP = [(-2.6, -3.5), (-1.7, -2.85), (-0.75, -2.5), (0, -2.6), (0.75, -2.5), (1.7, -2.85), (2.6, -3.5)]
LOWER_LIP = [(1.8, -4.0), (1.0, -4.35), (0, -4.45), (-1.0, -4.35), (-1.8, -4.0)]
BROW = [
    (1.1, 5.55),
    (1.2, 6.05),
    (2.4, 6.45),
    (3.8, 6.5),
    (5.0, 6.1),
    (5.9, 5.2),
    (4.9, 5.75),
    (3.6, 6.05),
    (2.3, 5.85),
]
PIXELS_PER_CM = 40
CANVAS_CM = 20


class Stencils(NamedTuple):
    """Soft masks over the face at rest, seen from the front."""

    lips: NDArray[np.float32]
    brows: NDArray[np.float32]
    grain: NDArray[np.float32]


def stencils(seed: int = 7) -> Stencils:
    """Lips, brows and skin grain."""
    right_brow = [(-x, y) for x, y in BROW]
    noise = np.random.default_rng(seed).normal(size=(CANVAS_CM * PIXELS_PER_CM,) * 2).astype(np.float32)
    grain = cv2.GaussianBlur(noise, (0, 0), 2) * 6 + cv2.GaussianBlur(noise, (0, 0), 14) * 25
    return Stencils(
        lips=_filled([UPPER_LIP + LOWER_LIP], blur_px=4),
        brows=_filled([BROW, right_brow], blur_px=6),
        grain=grain,
    )


def albedo(head: Head, places: Floats, part_of: NDArray[np.int64], masks: Stencils) -> Floats:
    """Colours, 0..1, of places at rest."""
    colour = np.zeros_like(places)
    for index, name in enumerate(head.part_names):
        here = part_of == index
        if name == "skin":
            colour[here] = _skin(places[here], masks)
        elif name in ("left_eye", "right_eye"):
            colour[here] = _eye(places[here])
        else:
            colour[here] = FLAT[name]
        if name in ("mouth", "gums", "teeth"):
            colour[here] *= np.clip(1 - (CAVITY_Z - places[here, 2:]) / 3.5, 0.12, 1)
    return colour


def lit(colour: Floats, normal: Floats, gloss: Floats) -> Floats:
    """A large soft key light from the upper left, a fill from the right, a little gloss."""
    key = np.array([-0.45, 0.5, 0.74])
    fill = np.array([0.75, 0.05, 0.55])
    wrap = np.clip((normal @ key + 0.25) / 1.25, 0, 1)[:, None]
    side = np.clip(normal @ (fill / np.linalg.norm(fill)), 0, 1)[:, None]
    sky = (0.5 + 0.5 * normal[:, 1:2]).clip(0, 1)
    light = wrap * [0.98, 0.94, 0.88] + side * [0.16, 0.18, 0.22] + sky * [0.20, 0.21, 0.23] + 0.05
    half = (key / np.linalg.norm(key) + [0, 0, 1]) / np.linalg.norm(key / np.linalg.norm(key) + [0, 0, 1])
    shine = gloss * np.clip(normal @ half, 0, 1)[:, None] ** 40
    return (colour * light + shine).astype(np.float32)


def _skin(places: Floats, masks: Stencils) -> Floats:
    x, y, z = places.T
    front = np.clip((z - 4.0) / 2.0, 0, 1)
    cheeks = np.exp(-(((np.abs(x) - 4.4) / 2.0) ** 2 + ((y + 0.4) / 1.8) ** 2)) * front
    shade = 1 + 0.018 * _sampled(masks.grain, places) * front
    colour = SKIN * shade[:, None]
    colour = _mixed(colour, SKIN * [1.02, 0.80, 0.78], 0.5 * cheeks)
    colour = _mixed(colour, LIPS, 0.9 * _sampled(masks.lips, places) * (z > 8))
    colour = _mixed(colour, HAIR * 1.3, 0.85 * _sampled(masks.brows, places) * (z > 5))
    hair = hair_cover(places)
    return _mixed(colour, HAIR * (1 + 0.25 * _sampled(masks.grain, places))[:, None], hair**0.7)


def _eye(places: Floats) -> Floats:
    centre = EYE_CENTRE * np.where(places[:, :1] > 0, [[1, 1, 1]], [[-1, 1, 1]])
    ray = places - centre
    radius = np.linalg.norm(ray[:, :2], axis=1)
    white = np.broadcast_to(np.array([0.86, 0.83, 0.80]), places.shape)
    colour = _mixed(white, IRIS * (0.7 + 0.6 * (radius / 0.62)[:, None]), _below(radius, 0.64))
    colour = _mixed(colour, IRIS * 0.25, _below(radius, 0.66) * (1 - _below(radius, 0.56)))
    colour = _mixed(colour, np.array([0.02, 0.02, 0.02]), _below(radius, 0.27))
    glint = np.hypot(ray[:, 0] + 0.22, ray[:, 1] - 0.25)
    return _mixed(colour, np.array([1.0, 1.0, 1.0]), 0.9 * _below(glint, 0.1))


def _below(value: Floats, limit: float) -> Floats:
    return np.clip((limit - value) / 0.06 + 0.5, 0, 1)


def _mixed(colour: Floats, other: Floats, share: Floats) -> Floats:
    return colour + (other - colour) * share[:, None]


def _filled(outlines: list[list[tuple[float, float]]], *, blur_px: float) -> NDArray[np.float32]:
    canvas = np.zeros((CANVAS_CM * PIXELS_PER_CM,) * 2, np.float32)
    for outline in outlines:
        cv2.fillPoly(canvas, [_canvas_px(np.array(outline)).round().astype(np.int32)], 1.0)
    return cv2.GaussianBlur(canvas, (0, 0), blur_px)


def _sampled(mask: NDArray[np.float32], places: Floats) -> Floats:
    x, y = _canvas_px(places[:, :2]).T
    return map_coordinates(mask, (y, x), order=1, mode="nearest")


def _canvas_px(points_xy: NDArray[np.floating]) -> NDArray[np.floating]:
    return (points_xy * [1, -1] + CANVAS_CM / 2) * PIXELS_PER_CM
