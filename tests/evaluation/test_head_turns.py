import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from liveportrait.evaluation.head_turns import (
    _MESH_OF_68,
    angle_between_deg,
    angles_deg,
    rotation_of_68,
    rotation_of_mesh,
)
from liveportrait.face.protocol import Face
from liveportrait.motion.rotation import rotation_from_degrees
from tests.evaluation.drawn_faces import HEAD

TURNS = [(0, 0, 0), (12, -20, 5), (-10, 35, -25)]


def turned(pitch: float, yaw: float, roll: float) -> np.ndarray:
    angles = {"pitch": pitch, "yaw": yaw, "roll": roll}
    return rotation_from_degrees(**{name: torch.tensor([float(deg)]) for name, deg in angles.items()})[
        0
    ].numpy()


@pytest.mark.parametrize("turn", TURNS)
def test_a_turned_mesh_is_read_back(turn: tuple[float, float, float]) -> None:
    points = 4 * HEAD @ turned(*turn) + np.float32(100)
    mesh = np.concatenate([points, points[:10]]).astype(np.float32)
    face = Face(landmarks=mesh[:, :2], depth_px=mesh[:, 2], score=1.0)
    assert_allclose(angles_deg(rotation_of_mesh(face, HEAD)), turn, atol=0.01)


@pytest.mark.parametrize("turn", TURNS)
def test_points_in_the_plane_tell_the_same(turn: tuple[float, float, float]) -> None:
    points = 4 * HEAD @ turned(*turn) + np.float32(100)
    landmarks = np.zeros((68, 2), np.float32)
    landmarks[list(_MESH_OF_68)] = points[list(_MESH_OF_68.values()), :2]
    rotation = rotation_of_68(landmarks, HEAD)
    assert_allclose(angles_deg(rotation), turn, atol=0.01)
    assert np.linalg.det(rotation) == pytest.approx(1)


def test_the_angle_between_two_heads() -> None:
    first = turned(10, 20, 30)
    second = Rotation.from_rotvec([0, 0, np.deg2rad(7)]).as_matrix() @ first
    assert angle_between_deg(first, first) == pytest.approx(0, abs=1e-4)
    assert angle_between_deg(first, second) == pytest.approx(7, abs=1e-4)
