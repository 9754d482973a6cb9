"""Landmark sets by their number of points: where in each are the eyes, the lips, the outline.

Eyes are in picture order: the first is the left one in the picture, the person's right.
The numbers of the 5 to 203 point sets are the reference's. The 478 (or 468) point mesh reaches up to
the hair; its `outline` leaves the forehead out, so that a face is as large by it as by the others.
"""

from dataclasses import dataclass, replace

import numpy as np

from liveportrait.arrays import Landmarks
from liveportrait.errors import SettingError


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Four points that tell how far an eye or a mouth is open: height over width."""

    upper: int
    lower: int
    first_corner: int
    second_corner: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LandmarkLayout:
    """What the points of a landmark set are. `None` where the set does not tell."""

    first_eye: tuple[int, ...]
    """Points whose mean is the middle of the eye."""
    second_eye: tuple[int, ...]
    lip: tuple[int, ...]
    outline: tuple[int, ...] | None = None
    """Points that span the face from brow to chin; `None` for all."""
    eye_openings: tuple[Opening, Opening] | None = None
    lip_opening: Opening | None = None
    irises: tuple[int, int] | None = None


def layout_of(landmarks: Landmarks) -> LandmarkLayout:
    """The layout of these landmarks, known by their number."""
    try:
        return _LAYOUTS[len(landmarks)]
    except KeyError:
        known = ", ".join(map(str, _LAYOUTS))
        raise SettingError(f"Expected landmarks with {known} points; got {len(landmarks)}.") from None


def check_landmarks(landmarks: Landmarks) -> None:
    """Refuse what no transform can be made from."""
    layout_of(landmarks)
    if not np.isfinite(landmarks).all():
        raise SettingError("Expected finite landmarks; some are NaN or infinite. Detect the face again.")


_MESH_JAW = (
    127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152,
    377, 400, 378, 379, 365, 397, 288, 361, 323, 454, 356,
)  # fmt: skip
_MESH_BROWS = (70, 63, 105, 66, 107, 336, 296, 334, 293, 300)
_MESH_EYES_NOSE_LIPS = (33, 133, 263, 362, 1, 61, 291)

_MESH = LandmarkLayout(
    first_eye=(33, 159, 133, 145),
    second_eye=(362, 386, 263, 374),
    lip=(61, 291),
    outline=_MESH_JAW + _MESH_BROWS + _MESH_EYES_NOSE_LIPS,
    eye_openings=(
        Opening(upper=159, lower=145, first_corner=33, second_corner=133),
        Opening(upper=386, lower=374, first_corner=362, second_corner=263),
    ),
    lip_opening=Opening(upper=13, lower=14, first_corner=61, second_corner=291),
)

_LAYOUTS = {
    5: LandmarkLayout(first_eye=(0,), second_eye=(1,), lip=(3, 4)),
    # Of animals.
    9: LandmarkLayout(first_eye=(2, 3), second_eye=(0, 1), lip=(5, 6)),
    68: LandmarkLayout(
        first_eye=(36, 39),
        second_eye=(42, 45),
        lip=(48, 54),
        eye_openings=(
            Opening(upper=38, lower=40, first_corner=36, second_corner=39),
            Opening(upper=43, lower=47, first_corner=42, second_corner=45),
        ),
        lip_opening=Opening(upper=62, lower=66, first_corner=48, second_corner=54),
    ),
    101: LandmarkLayout(first_eye=(39, 42, 45, 48), second_eye=(51, 54, 57, 60), lip=(75, 81)),
    106: LandmarkLayout(first_eye=(33, 35, 40, 39), second_eye=(87, 89, 94, 93), lip=(52, 61)),
    203: LandmarkLayout(
        first_eye=(0, 6, 12, 18),
        second_eye=(24, 30, 36, 42),
        lip=(48, 66),
        eye_openings=(
            Opening(upper=6, lower=18, first_corner=0, second_corner=12),
            Opening(upper=30, lower=42, first_corner=24, second_corner=36),
        ),
        lip_opening=Opening(upper=90, lower=102, first_corner=48, second_corner=66),
    ),
    468: _MESH,
    478: replace(_MESH, irises=(468, 473)),
}
