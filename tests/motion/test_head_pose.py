import numpy as np
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from liveportrait.motion.head_pose import RIGID_POINTS, fit_head_pose


def a_head() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(478, 3)).astype(np.float32)


def test_a_known_placement_is_found() -> None:
    head = a_head()
    rotation = Rotation.from_euler("xyz", (10, -25, 5), degrees=True).as_matrix().astype(np.float32)
    shift = np.array([0.1, -0.2, 0.3], np.float32)
    pose = fit_head_pose((0.4 * head @ rotation + shift)[None], head)
    assert_allclose(pose.rotation[0], rotation, atol=1e-5)
    assert_allclose(pose.scale, [0.4], atol=1e-5)
    assert_allclose(pose.translation[0], shift, atol=1e-5)


def test_expression_does_not_turn_the_head() -> None:
    head = a_head()
    talking = head.copy()
    loose = np.setdiff1d(np.arange(478), RIGID_POINTS)
    talking[loose] += 0.5
    assert_allclose(fit_head_pose(talking[None], head).rotation[0], np.eye(3), atol=1e-5)


def test_a_mirrored_head_is_no_rotation() -> None:
    head = a_head()
    pose = fit_head_pose((head * np.array([-1, 1, 1], np.float32))[None], head)
    assert_allclose(np.linalg.det(pose.rotation[0]), 1.0, atol=1e-5)
