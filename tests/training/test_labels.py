from dataclasses import replace

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import Float
from numpy import ndarray
from numpy.testing import assert_allclose

from liveportrait.motion.rotation import degrees_from_rotation
from liveportrait.training.drawn_faces import DrawnFace, draw_person, drawn_landmarks
from liveportrait.training.guides import GUIDE_POINTS, MIRRORED, NUM_GUIDED, OPENINGS
from liveportrait.training.labels import label_clip

PERSON = replace(draw_person(np.random.default_rng(0), size_px=64), proportions=np.ones(3))
REST = DrawnFace(yaw_deg=0.0, pitch_deg=0.0, roll_deg=0.0, lips_open=0.0, eyes_open=1.0)


def landmarks_of(faces: list[DrawnFace], head: Float[ndarray, "m 3"]) -> Float[ndarray, "t 478 3"]:
    return np.stack([drawn_landmarks(face, PERSON, head) for face in faces])


@given(yaw=st.floats(-40, 40), pitch=st.floats(-30, 30), roll=st.floats(-40, 40), scale=st.floats(0.5, 2.0))
def test_a_known_pose_is_read_back(
    head: Float[ndarray, "m 3"], yaw: float, pitch: float, roll: float, scale: float
) -> None:
    face = replace(REST, yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll, scale=scale, shift_xy=(0.2, -0.1))
    labels = label_clip(landmarks_of([face], head), head)
    found = torch.stack(degrees_from_rotation(torch.from_numpy(labels.pose.rotation)))[:, 0]
    assert_allclose(found, [pitch, yaw, roll], atol=0.02)
    assert_allclose(labels.pose.scale, scale, rtol=1e-4)
    assert_allclose(labels.pose.translation[0], [0.2, -0.1, 0], atol=1e-4)


def test_the_equation_of_the_model_gives_the_landmarks_back(head: Float[ndarray, "m 3"]) -> None:
    """scale (canonical rotation + expression) + translation, in the plane, for guided keypoints."""
    faces = [
        replace(REST, yaw_deg=float(yaw), lips_open=opening)
        for yaw, opening in zip(range(-12, 13, 4), np.linspace(0, 1, 7).tolist(), strict=True)
    ]
    landmarks = landmarks_of(faces, head)
    labels = label_clip(landmarks, head)
    turned = labels.canonical_keypoints @ labels.pose.rotation + labels.expression
    placed = labels.pose.scale[:, None, None] * turned + labels.pose.translation[:, None]
    assert_allclose(placed, labels.keypoints, atol=1e-5)
    assert_allclose(labels.keypoints[:, :NUM_GUIDED, :2], landmarks[:, list(GUIDE_POINTS), :2], atol=1e-6)


def test_opening_lips_is_expression_and_turning_is_not(head: Float[ndarray, "m 3"]) -> None:
    turning = [replace(REST, yaw_deg=float(yaw)) for yaw in range(-20, 21, 5)]
    assert np.abs(label_clip(landmarks_of(turning, head), head).expression).max() < 1e-3
    talking = [replace(REST, lips_open=opening) for opening in np.linspace(0, 1, 9).tolist()]
    expression = label_clip(landmarks_of(talking, head), head).expression
    upper, lower = OPENINGS[0]
    assert np.ptp(expression[:, lower, 1] - expression[:, upper, 1]) > 0.1
    assert np.abs(expression[:, upper]).max() < 1e-3


def test_mirroring_is_its_own_inverse() -> None:
    order = np.array(MIRRORED)
    assert (order[order] == np.arange(len(order))).all()
