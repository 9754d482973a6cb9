"""Offline smoothing: equal to the textbook, calm, without lag, and on rotations still a rotation."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from liveportrait.errors import SettingError
from liveportrait.motion.kalman import smooth_motion, smooth_motion_entrywise, smooth_sequence
from liveportrait.motion.rotation import angle_between_deg, rotation_from_degrees
from tests.motion.samples import random_motion


def best_estimate(observations: np.ndarray, variance: float) -> np.ndarray:
    """What the smoother must give, from its definition: one linear solve for the whole sequence.

    The most likely walk minimises (start - first)^2 / 1 + steps^2 / 1e-5 + errors^2 / variance.
    """
    count = len(observations)
    system, target = np.eye(count) / variance, observations / variance
    system[0, 0] += 1.0
    target[0] += observations[0]
    for frame in range(1, count):
        step = np.zeros(count)
        step[frame], step[frame - 1] = 1, -1
        system += np.outer(step, step) / 1e-5
    return np.linalg.solve(system, target)


@pytest.mark.parametrize("variance", [3e-7, 1e-5, 1e-2])
@pytest.mark.parametrize("num_frames", [1, 2, 30])
def test_it_is_the_most_likely_random_walk(variance: float, num_frames: int) -> None:
    numbers = np.random.default_rng(0)
    observations = numbers.normal(size=(num_frames, 2)) * 0.1
    smoothed = smooth_sequence(torch.from_numpy(observations), observation_variance=variance)
    expected = np.stack([best_estimate(column, variance) for column in observations.T], axis=1)
    np.testing.assert_allclose(smoothed.numpy(), expected, atol=1e-9)


def test_a_sequence_at_rest_stays() -> None:
    still = torch.full((20, 3), 0.4)
    assert_close(smooth_sequence(still, observation_variance=1e-3), still)


def test_numbers_do_not_mix() -> None:
    values = torch.randn(20, 2, 3, generator=torch.Generator().manual_seed(0))
    alone = smooth_sequence(values[:, 1:, 2:], observation_variance=1e-3)
    assert torch.equal(smooth_sequence(values, observation_variance=1e-3)[:, 1:, 2:], alone)


def trembling_turn(num_frames: int = 200) -> tuple[Tensor, Tensor]:
    """A slow shake of the head, as it is and as it is seen; a degree of noise."""
    seconds = torch.arange(num_frames) / 25
    yaw = 25 * torch.sin(2 * torch.pi * 0.2 * seconds)
    noise = torch.randn(3, num_frames, generator=torch.Generator().manual_seed(0))
    zero = torch.zeros(num_frames)
    true = rotation_from_degrees(pitch=zero, yaw=yaw, roll=zero)
    return true, rotation_from_degrees(pitch=noise[0], yaw=yaw + noise[1], roll=noise[2])


def test_it_calms_without_lag() -> None:
    true, seen = trembling_turn()
    motion = replace(random_motion(seed=0).expand(200), rotation=seen)
    smooth = smooth_motion(motion, observation_variance=1e-4).rotation
    inner = slice(20, -20)
    lags = range(-3, 4)
    errors = [angle_between_deg(smooth[inner], true.roll(lag, 0)[inner]).mean() for lag in lags]
    assert lags[int(torch.stack(errors).argmin())] == 0
    assert errors[3] < 0.5 * angle_between_deg(seen[inner], true[inner]).mean()


def test_smoothed_rotations_are_rotations_and_the_references_are_not() -> None:
    motion = random_motion(seed=0, num_frames=30)
    identity = torch.eye(3).expand(30, 3, 3)
    smooth = smooth_motion(motion, observation_variance=1e-2).rotation
    assert_close(smooth @ smooth.mT, identity, atol=1e-5, rtol=0)
    assert_close(torch.linalg.det(smooth), torch.ones(30))
    entrywise = smooth_motion_entrywise(motion, observation_variance=1e-2).rotation
    assert (entrywise @ entrywise.mT - identity).abs().amax() > 1e-3


def test_only_rotation_and_expression_are_smoothed() -> None:
    motion = random_motion(seed=0, num_frames=10)
    smooth = smooth_motion(motion, observation_variance=1e-2)
    assert torch.equal(smooth.scale, motion.scale) and torch.equal(smooth.translation, motion.translation)
    assert not torch.equal(smooth.expression, motion.expression)


@pytest.mark.parametrize("variance", [0.0, -1.0, float("nan")])
def test_a_variance_that_is_none_is_refused(variance: float) -> None:
    with pytest.raises(SettingError):
        smooth_sequence(torch.zeros(3, 1), observation_variance=variance)
