"""Smoothing of a whole sequence, for files: a Kalman filter forth and a smoother back (RTS).

Every number is a random walk of variance 1e-5 a frame, seen through noise; numbers do not mix. The
walk starts at the first observation with variance 1, and that observation is also the first seen.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray
from torch import Tensor

from liveportrait.errors import SettingError
from liveportrait.motion.rotation import nearest_rotation
from liveportrait.motion.state import Motion

PROCESS_VARIANCE = 1e-5
START_VARIANCE = 1.0
OBSERVATION_VARIANCE = 3e-7
"""The released default; so small that it hardly smooths. 1e-3 is strong."""


class Gains(NamedTuple):
    """Weights of each frame; they depend on variances and length only, so all numbers share them."""

    observed: Float[ndarray, "t"]
    """Of the new observation against the prediction, going forth."""
    later: Float[ndarray, "t"]
    """Of what the next frame turned out to be, going back."""


def smooth_motion(motion: Motion, *, observation_variance: float = OBSERVATION_VARIANCE) -> Motion:
    """A sequence with calm rotation and expression; rotations stay rotations.

    Smoothing is a weighted mean of matrices; the nearest rotation to it is their chordal mean.
    """
    smoothed = smooth_motion_entrywise(motion, observation_variance=observation_variance)
    return replace(smoothed, rotation=nearest_rotation(smoothed.rotation))


def smooth_motion_entrywise(motion: Motion, *, observation_variance: float = OBSERVATION_VARIANCE) -> Motion:
    """As the reference does it: the nine entries of the rotation by themselves, left as they come out."""
    return replace(
        motion,
        rotation=smooth_sequence(motion.rotation, observation_variance=observation_variance),
        expression=smooth_sequence(motion.expression, observation_variance=observation_variance),
    )


def smooth_sequence(values: Float[Tensor, "t ..."], *, observation_variance: float) -> Float[Tensor, "t ..."]:
    """Smooth every number of `values` over its first axis."""
    if not observation_variance > 0:
        raise SettingError(f"The observation variance is {observation_variance}; give a number above 0.")
    observations = values.detach().cpu().double().numpy()
    gains = _gains(len(observations), observation_variance)
    smoothed = _back(_forth(observations, gains), gains)
    return torch.from_numpy(smoothed).to(values)


def _gains(num_frames: int, observation_variance: float) -> Gains:
    observed, later = np.zeros(num_frames), np.zeros(num_frames)
    variance = START_VARIANCE
    for frame in range(num_frames):
        observed[frame] = variance / (variance + observation_variance)
        filtered = (1 - observed[frame]) * variance
        variance = filtered + PROCESS_VARIANCE
        later[frame] = filtered / variance
    return Gains(observed, later)


def _forth(observations: Float[ndarray, "t ..."], gains: Gains) -> Float[ndarray, "t ..."]:
    """The estimate of each frame from those before and itself."""
    estimates = observations.copy()
    for frame in range(1, len(estimates)):
        before = estimates[frame - 1]
        estimates[frame] = before + gains.observed[frame] * (observations[frame] - before)
    return estimates


def _back(estimates: Float[ndarray, "t ..."], gains: Gains) -> Float[ndarray, "t ..."]:
    """The estimate of each frame from all frames."""
    smoothed = estimates.copy()
    for frame in range(len(estimates) - 2, -1, -1):
        smoothed[frame] += gains.later[frame] * (smoothed[frame + 1] - estimates[frame])
    return smoothed
