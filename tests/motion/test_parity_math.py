"""The released model's motion maths, value by value."""

from fractions import Fraction
from typing import Any

import torch
from torch import Tensor

from liveportrait.motion.hull import make_displacement
from liveportrait.motion.kalman import smooth_sequence
from liveportrait.motion.retargeting import apply_stitching
from liveportrait.motion.rotation import degrees_from_rotation, rotation_from_degrees
from liveportrait.motion.state import Motion, degrees_from_logits, motion_from_prediction
from liveportrait.motion.template import MotionTemplate
from liveportrait.networks.motion_extractor import MotionPrediction
from tests.motion.test_parity_transfer import motion_of, openings_of
from tests.oracle import golden


def given(g: Any, name: str) -> Tensor:
    return torch.from_numpy(g.input(name))


def test_parity_of_rotations() -> None:
    g = golden("math")
    rotation = rotation_from_degrees(
        pitch=given(g, "rot/pitch"), yaw=given(g, "rot/yaw"), roll=given(g, "rot/roll")
    )
    g.check("rot/R", rotation)
    g.check("rot/R_from_Bx1", rotation)


def test_parity_of_pose_bins() -> None:
    g = golden("math")
    g.check("bins/degree", degrees_from_logits(given(g, "bins/logits")))


def test_parity_of_angles_that_are_no_bins() -> None:
    """The reference hands degrees through; ours go into the rotation and come out of it."""
    g = golden("math")
    zero = torch.zeros(4)
    rotation = rotation_from_degrees(pitch=given(g, "bins/passthrough")[:, 0], yaw=zero, roll=zero)
    g.check("bins/passthrough", degrees_from_rotation(rotation)[0][:, None])


def test_parity_of_keypoints() -> None:
    g = golden("math")
    pitch, yaw, roll = (given(g, f"kp/{name}")[:, 0] for name in ("pitch", "yaw", "roll"))
    motion = Motion(
        rotation=rotation_from_degrees(pitch=pitch, yaw=yaw, roll=roll),
        expression=given(g, "kp/exp"),
        scale=given(g, "kp/scale"),
        translation=given(g, "kp/t"),
        canonical_keypoints=given(g, "kp/kp"),
    )
    g.check("kp/x_Bx21x3", motion.keypoints())
    g.check("kp/x_flat", motion.keypoints())


def test_parity_of_keypoints_from_bins() -> None:
    g = golden("math")
    prediction = MotionPrediction(
        pitch=given(g, "kp/bins_pitch"),
        yaw=given(g, "kp/bins_yaw"),
        roll=given(g, "kp/bins_roll"),
        translation=given(g, "kp/t"),
        expression=given(g, "kp/exp"),
        scale=given(g, "kp/scale"),
        canonical_keypoints=given(g, "kp/kp"),
    )
    g.check("kp/x_from_bins", motion_from_prediction(prediction).keypoints())


def test_parity_of_hull_multiplier() -> None:
    g = golden("math")
    displacement = make_displacement(given(g, "mult/x_s"), given(g, "mult/x_d0"))
    g.check("mult/value", displacement.multiplier.reshape(()))


def test_parity_of_kalman() -> None:
    g = golden("math")
    expression, rotation = given(g, "kalman/exp")[:, 0], given(g, "kalman/R")[:, 0]
    for variance in ("3e-7", "3e-6", "1e-3"):
        g.check(f"kalman/exp_{variance}", smooth_sequence(expression, observation_variance=float(variance)))
    for variance in ("3e-7", "1e-4"):
        g.check(f"kalman/R_{variance}", smooth_sequence(rotation, observation_variance=float(variance)))
    g.check("kalman/two_frames", smooth_sequence(expression[:2], observation_variance=1e-3))


def test_parity_of_stitching() -> None:
    """How the network's 65 numbers are added."""
    g = golden("S")
    g.check("stitch/applied", apply_stitching(given(g, "kp_driving"), torch.from_numpy(g["stitch/raw"])))


def test_parity_of_template_contents() -> None:
    g = golden("motion")
    openings = openings_of(given(g, "drv_lmk"))
    template = MotionTemplate(
        model_id="human",
        fps=Fraction(int(g["template/output_fps"])),
        motion=motion_of(g, "drv"),
        openings=openings,
    )
    motion = template.motion
    contents = {
        "R": motion.rotation,
        "scale": motion.scale,
        "exp": motion.expression,
        "t": motion.translation,
        "kp": motion.canonical_keypoints,
        "x_s": motion.keypoints(),
        "c_eyes_lst": openings.eyes,
        "c_lip_lst": openings.lips,
    }
    for name, values in contents.items():
        g.check(f"template/{name}", values[:, None])
    assert template.num_frames == int(g["template/n_frames"])
