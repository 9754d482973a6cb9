"""ICT-FaceKit's head (MIT, github.com/ICT-VGL/ICT-FaceKit), posed, with an expression, on a torso of our own.

Lengths are centimetres, x to the head's left, y up, z out of the face.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.spatial.transform import Rotation

from rendered_head.rasteriser import Floats, Ints

PARTS = {
    "skin": (0, 11248),
    "mouth": (11248, 13294),
    "eye_socket": (13294, 14062),
    "gums": (14062, 17039),
    "teeth": (17039, 21451),
    "left_eye": (21451, 23021),
    "right_eye": (23021, 24591),
    "lashes": (25351, 26719),
}
"""Vertices of each part, as ICT-FaceKit's README numbers them; shells around the eye are left out."""
NECK_PIVOT = np.array([0.0, -8.0, -1.0], np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadPose:
    """Degrees; yaw turns to the head's left, pitch up, roll to its left shoulder."""

    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Head:
    """A person at rest, and the shapes that move the face."""

    rest: Floats
    """Places that paint is laid on: (V, 3), the same for all people."""
    person: Floats
    """This person's face at rest."""
    expressions: Mapping[str, Floats]
    triangles: Ints
    parts: Ints
    """Of each triangle: index into `part_names`."""
    part_names: tuple[str, ...]

    @classmethod
    def load(cls, path: Path, *, identity: Mapping[int, float]) -> Self:
        """The head from ICT-FaceKit as one .npz: neutral, ids, exp, names, tri."""
        with np.load(path, allow_pickle=False) as kit:
            rest = kit["neutral"].astype(np.float32)
            person = rest + sum(weight * kit["ids"][k].astype(np.float32) for k, weight in identity.items())
            shapes = dict(zip(kit["names"].tolist(), kit["exp"].astype(np.float32), strict=True))
            triangles = kit["tri"].astype(np.int64)
        part_of_vertex = np.full(len(rest), -1, np.int64)
        for index, (begin, end) in enumerate(PARTS.values()):
            part_of_vertex[begin:end] = index
        parts = part_of_vertex[triangles].min(1)
        kept = (parts >= 0) & ~_unwanted(rest)[triangles].any(1)
        torso, torso_triangles = _torso()
        return cls(
            rest=np.concatenate([rest, torso]),
            person=np.concatenate([_with_hair(person), torso]),
            expressions=shapes,
            triangles=np.concatenate([triangles[kept], torso_triangles + len(rest)]),
            parts=np.concatenate([parts[kept], np.full(len(torso_triangles), len(PARTS))]),
            part_names=(*PARTS, "cloth"),
        )

    def posed(self, expression: Mapping[str, float], pose: HeadPose) -> Floats:
        """All vertices of one moment; the neck turns the less the lower it is."""
        points = self.person.copy()
        num_head = len(next(iter(self.expressions.values())))
        for name, weight in expression.items():
            points[:num_head] += np.float32(weight) * self.expressions[name]
        share = np.clip((self.person[:, 1:2] + 15) / 9, 0, 1)
        share[num_head:] = 0
        share = share * share * (3 - 2 * share)
        angles = [pose.roll_deg, pose.yaw_deg, -pose.pitch_deg]
        rotvec = Rotation.from_euler("zyx", angles, degrees=True).as_rotvec()
        turned = Rotation.from_rotvec(share * rotvec).apply(points - NECK_PIVOT) + NECK_PIVOT
        return turned.astype(np.float32)


def normals(points: Floats, triangles: Ints) -> Floats:
    """Unit normals of the vertices, the triangles' weighed by their areas."""
    a, b, c = points[triangles[:, 0]], points[triangles[:, 1]], points[triangles[:, 2]]
    face = np.cross(b - a, c - a)
    total = np.stack(
        [
            np.bincount(triangles.ravel(), np.repeat(face[:, axis], 3), minlength=len(points))
            for axis in range(3)
        ],
        -1,
    )
    return (total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-9)).astype(np.float32)


def hair_cover(points: Floats) -> Floats:
    """0 on bare skin, 1 under hair; `points` are places at rest."""
    x, y, z = points[:, 0], points[:, 1], points[:, 2]
    forehead = 10.9 - 0.018 * x * x
    temple = 2.5 + 1.55 * np.clip(z + 0.5, 0, 8)
    nape = np.interp(z, [-4.0, 0.5], [-3.0, 4.5])
    line = np.where(z > 0.5, np.minimum(forehead, temple + 0.25 * np.clip(8 - np.abs(x), 0, 8) ** 2), nape)
    return np.clip((y - line) / 1.6, 0, 1).astype(np.float32)


def _unwanted(rest: Floats) -> NDArray[np.bool_]:
    """What the shirt covers, and the lower lashes, which are cards that want transparency."""
    x, y, _ = rest.T
    covered = (y < -14.2) | ((y < -10.8) & (np.abs(x) > 7.0))
    begin, end = PARTS["lashes"]
    covered[begin:end] |= y[begin:end] < 3.25
    return covered


def _with_hair(person: Floats) -> Floats:
    """The scalp lifted by the thickness of short hair."""
    num_skin = PARTS["skin"][1]
    skin = person[:num_skin]
    outward = skin - np.array([0.0, 3.0, 0.0], np.float32)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    lifted = person.copy()
    lifted[:num_skin] += 0.9 * hair_cover(skin)[:, None] * outward
    return lifted


def _torso() -> tuple[Floats, Ints]:
    """Shoulders in a crew neck: ellipses from the collar down, deeper in front than behind."""
    # Half width, depth behind and before the neck, height.
    outline = np.array(
        [
            (6.9, 6.6, 6.4, -11.6),
            (7.5, 7.4, 7.2, -12.0),
            (8.4, 8.0, 7.6, -12.9),
            (11.0, 8.8, 8.0, -14.2),
            (15.0, 9.2, 8.4, -15.8),
            (18.5, 9.4, 8.6, -18.2),
            (20.0, 9.6, 8.8, -22.0),
            (20.5, 9.8, 9.0, -36.0),
        ]
    )
    rows, columns = 80, 160
    along = np.linspace(0, len(outline) - 1, rows)
    profile = CubicSpline(np.arange(len(outline)), outline)(along)
    width, behind, before, height = (profile[:, k, None] for k in range(4))
    turn = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None]
    z = np.where(np.cos(turn) > 0, before, behind) * np.cos(turn)
    points = np.stack(np.broadcast_arrays(width * np.sin(turn), height - 0.16 * z, z - 0.8), -1)
    index = np.arange(rows * columns).reshape(rows, columns)
    beside = np.roll(index, -1, 1)
    upper = np.stack([index[:-1], index[1:], beside[:-1]], -1)
    lower = np.stack([beside[:-1], index[1:], beside[1:]], -1)
    triangles = np.concatenate([upper.reshape(-1, 3), lower.reshape(-1, 3)])
    return points.reshape(-1, 3).astype(np.float32), triangles
