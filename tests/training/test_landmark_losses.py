from math import log, sqrt

import pytest
import torch
from torch.testing import assert_close

from liveportrait.training.landmark_losses import PointPair, face_axes, opening_loss, openings, wing_loss


def wing_of(error: float) -> float:
    return float(wing_loss(torch.full((1, 1, 2), error), torch.zeros(1, 1, 2)))


def test_wing_is_logarithmic_near_zero_and_linear_beyond() -> None:
    assert wing_of(0.0) == 0.0
    assert wing_of(0.02) == pytest.approx(0.1 * log(3.0))
    assert wing_of(-0.02) == pytest.approx(0.1 * log(3.0))
    assert wing_of(0.5) == pytest.approx(0.5 - 0.1 + 0.1 * log(11.0))


def test_wing_joins_without_a_step() -> None:
    assert wing_of(0.1 - 1e-6) == pytest.approx(wing_of(0.1 + 1e-6), abs=1e-5)


def test_wing_weights_multiply_points() -> None:
    found = torch.zeros(1, 2, 2)
    found[0, 0], found[0, 1] = 0.02, 0.5
    weighted = wing_loss(found, torch.zeros(1, 2, 2), weights=torch.tensor([2.0, 0.0]))
    assert float(weighted) == pytest.approx(wing_of(0.02))


def test_axes_of_an_upright_and_of_a_tilted_face() -> None:
    upright = face_axes(torch.tensor([[-0.2, 0.0]]), torch.tensor([[0.2, 0.0]]))
    assert_close(upright.eye_distance, torch.tensor([0.4]))
    assert_close(upright.down, torch.tensor([[0.0, 1.0]]))
    tilted = face_axes(torch.tensor([[0.0, 0.0]]), torch.tensor([[0.1, 0.1]]))
    assert_close(tilted.down, torch.tensor([[-1.0, 1.0]]) / sqrt(2))


def test_openings_are_signed_and_in_eye_distances() -> None:
    points = torch.tensor([[[0.0, 0.1], [0.05, 0.3], [0.0, 0.2]]])
    axes = face_axes(torch.tensor([[-0.2, 0.0]]), torch.tensor([[0.2, 0.0]]))
    found = openings(points, [PointPair(0, 1), PointPair(1, 2)], axes)
    assert_close(found, torch.tensor([[0.5, -0.25]]))


def test_openings_do_not_change_when_the_face_is_rolled_moved_and_scaled() -> None:
    angle = torch.tensor(0.7)
    turn = torch.stack([torch.stack([angle.cos(), -angle.sin()]), torch.stack([angle.sin(), angle.cos()])])
    points = torch.tensor([[[-0.2, 0.0], [0.2, 0.0], [0.0, 0.3], [0.0, 0.35]]])
    moved = 1.7 * points @ turn.T + torch.tensor([0.1, -0.2])
    pairs = [PointPair(2, 3)]
    before = openings(points, pairs, face_axes(points[:, 0], points[:, 1]))
    after = openings(moved, pairs, face_axes(moved[:, 0], moved[:, 1]))
    assert_close(after, before)


def test_opening_loss_opens_closed_lips_by_descent() -> None:
    points = torch.zeros(1, 2, 2, requires_grad=True)
    axes = face_axes(torch.tensor([[-0.2, 0.0]]), torch.tensor([[0.2, 0.0]]))
    loss = opening_loss(openings(points, [PointPair(0, 1)], axes), torch.tensor([[0.3]]))
    assert float(loss.detach()) == pytest.approx(0.3)
    loss.backward()
    assert points.grad is not None
    assert points.grad[0, 0, 1] > 0 > points.grad[0, 1, 1]
