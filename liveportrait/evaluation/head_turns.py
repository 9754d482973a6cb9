"""How heads are turned in pictures, by landmarks: from the mesh with depth, or from 68 points without."""

from typing import TypeAlias

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.spatial.transform import Rotation

from liveportrait.arrays import Landmarks
from liveportrait.face.protocol import Face
from liveportrait.motion.head_pose import fit_head_pose

HeadRotation: TypeAlias = Float[ndarray, "3 3"]
"""As the model has it: `points @ rotation`, axes x right, y down, z into the image."""

Head: TypeAlias = Float[ndarray, "m 3"]
"""The reference head's mesh at rest, in any unit; its first 468 points."""

_MESH_OF_68 = {
    27: 168,
    28: 6,
    29: 195,
    30: 4,
    31: 98,
    33: 2,
    35: 327,  # nose
    36: 33,
    39: 133,
    42: 362,
    45: 263,  # corners of the eyes
}
"""Points of the 68 that hardly move with expression, and where they lie in the mesh. Those of the jaw are
left out: they follow the visible edge of the face, which is another line of the skin at every turn."""


def rotation_of_mesh(face: Face, head: Head) -> HeadRotation:
    """Of a face with the 478 points and their depth."""
    assert face.depth_px is not None
    points = np.column_stack([face.landmarks, face.depth_px])
    return fit_head_pose(points[None], head).rotation[0]


def rotation_of_68(landmarks: Landmarks, head: Head) -> HeadRotation:
    """From points in the plane alone: the weak-perspective view of the head that fits them best."""
    there = landmarks[list(_MESH_OF_68)].astype(np.float64)
    here = head[list(_MESH_OF_68.values())].astype(np.float64)
    view, *_ = np.linalg.lstsq(here - here.mean(axis=0), there - there.mean(axis=0), rcond=None)
    left, _, right = np.linalg.svd(view, full_matrices=False)
    across, down = (left @ right).T
    return np.column_stack([across, down, np.cross(across, down)])


def angle_between_deg(first: HeadRotation, second: HeadRotation) -> float:
    """The angle of the turn from one to the other."""
    return float(np.rad2deg(Rotation.from_matrix(first.T @ second).magnitude()))


def angles_deg(rotation: HeadRotation) -> tuple[float, float, float]:
    """Pitch, yaw and roll, as `motion.rotation` has them."""
    roll, yaw, pitch = Rotation.from_matrix(rotation.T).as_euler("ZYX", degrees=True)
    return float(pitch), float(yaw), float(roll)
