"""Head rotations: from angles and back, from tangent vectors and back.

A rotation stands to the right of row vectors: `keypoints @ rotation`. Angles are degrees:
rotation = (Rz(roll) Ry(yaw) Rx(pitch))^T with right-handed axis matrices, axes x right, y down, z into
the image.
"""

import math
from typing import Literal, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from liveportrait.tensors import Degrees, Rotation

TangentVector: TypeAlias = Float[Tensor, "b 3"]
"""Axis of a turn times its angle in radians."""


def rotation_from_degrees(*, pitch: Degrees, yaw: Degrees, roll: Degrees) -> Rotation:
    """The rotation of three angles."""
    return (_turn("z", roll) @ _turn("y", yaw) @ _turn("x", pitch)).mT


def degrees_from_rotation(rotation: Rotation) -> tuple[Degrees, Degrees, Degrees]:
    """Pitch, yaw and roll that make `rotation`, yaw in -90..90.

    At yaw +-90 pitch and roll turn about the same axis; roll is 0 there.
    """
    matrix = rotation.mT
    cos_yaw = torch.hypot(matrix[:, 0, 0], matrix[:, 1, 0])
    yaw = torch.atan2(-matrix[:, 2, 0], cos_yaw)
    locked = cos_yaw < 1e-6
    pitch = torch.where(
        locked,
        torch.atan2(-matrix[:, 1, 2], matrix[:, 1, 1]),
        torch.atan2(matrix[:, 2, 1], matrix[:, 2, 2]),
    )
    roll = torch.where(locked, torch.zeros_like(yaw), torch.atan2(matrix[:, 1, 0], matrix[:, 0, 0]))
    return pitch.rad2deg(), yaw.rad2deg(), roll.rad2deg()


def rotation_from_tangent(vector: TangentVector) -> Rotation:
    """The matrix exponential of the skew matrix of `vector` (Rodrigues)."""
    x, y, z = vector.unbind(-1)
    zero = torch.zeros_like(x)
    skew = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).unflatten(-1, (3, 3))
    half_turns = vector.norm(dim=-1)[:, None, None] / math.pi
    identity = torch.eye(3, dtype=vector.dtype, device=vector.device)
    # sinc takes its argument in half turns and is exact at 0.
    return identity + torch.sinc(half_turns) * skew + torch.sinc(half_turns / 2) ** 2 / 2 * skew @ skew


def tangent_from_rotation(rotation: Rotation) -> TangentVector:
    """The shortest vector whose exponential is `rotation`; its length is the angle, 0..pi."""
    quaternion = _quaternion(rotation)
    w, xyz = quaternion[:, :1], quaternion[:, 1:]
    sine = xyz.norm(dim=-1, keepdim=True)
    radians_per_sine = torch.where(sine > 1e-12, 2 * torch.atan2(sine, w) / sine.clamp_min(1e-12), 2.0)
    return xyz * radians_per_sine


def angle_between_deg(first: Rotation, second: Rotation) -> Degrees:
    """The angle of the turn from `first` to `second`."""
    return tangent_from_rotation(first.mT @ second).norm(dim=-1).rad2deg()


def nearest_rotation(matrix: Rotation) -> Rotation:
    """The rotation closest to `matrix` in the Frobenius norm.

    Applied to a weighted sum of rotations it gives their chordal mean.
    """
    left, _, right = torch.linalg.svd(matrix)
    determinant = torch.linalg.det(left @ right)
    signs = torch.stack([torch.ones_like(determinant), torch.ones_like(determinant), determinant], dim=-1)
    return left * signs[:, None, :] @ right


def without_drift(rotation: Rotation) -> Rotation:
    """A rotation that rounding has taken off the group, brought back by one Newton step.

    For errors far below 1 only, which it squares; unlike an SVD it does not wait for a GPU.
    """
    identity = torch.eye(3, dtype=rotation.dtype, device=rotation.device)
    return rotation @ (1.5 * identity - 0.5 * rotation.mT @ rotation)


def _turn(axis: Literal["x", "y", "z"], angle: Degrees) -> Rotation:
    """A right-handed turn of column vectors."""
    radians = angle.deg2rad()
    cos, sin = radians.cos(), radians.sin()
    one, zero = torch.ones_like(cos), torch.zeros_like(cos)
    rows = {
        "x": [one, zero, zero, zero, cos, -sin, zero, sin, cos],
        "y": [cos, zero, sin, zero, one, zero, -sin, zero, cos],
        "z": [cos, -sin, zero, sin, cos, zero, zero, zero, one],
    }[axis]
    return torch.stack(rows, dim=-1).unflatten(-1, (3, 3))


def _quaternion(rotation: Rotation) -> Float[Tensor, "b 4"]:
    """The unit quaternion (w, x, y, z) with w >= 0.

    The matrix below is 4 q q^T; its row with the largest diagonal is q, well conditioned at every angle.
    """
    (a, b, c), (d, e, f), (g, h, i) = (row.unbind(-1) for row in rotation.unbind(-2))
    entries = [
        *(1 + a + e + i, h - f, c - g, d - b),
        *(h - f, 1 + a - e - i, d + b, c + g),
        *(c - g, d + b, 1 - a + e - i, h + f),
        *(d - b, c + g, h + f, 1 - a - e + i),
    ]
    outer = torch.stack(entries, dim=-1).unflatten(-1, (4, 4))
    largest = outer.diagonal(dim1=-2, dim2=-1).argmax(dim=-1)
    row = outer.take_along_dim(largest[:, None, None], dim=1).squeeze(1)
    quaternion = row / row.norm(dim=-1, keepdim=True)
    return torch.where(quaternion[:, :1] < 0, -quaternion, quaternion)
