"""Smoothing of a live stream: the One-Euro filter, for numbers and for rotations.

A low-pass filter whose cut-off rises with speed: still heads do not tremble, fast ones do not lag.
Frames carry their times, so a varying frame rate changes nothing. Source: Casiez, Roussel, Vogel,
"1 Euro Filter", CHI 2012; on rotations the step is taken along the shortest turn, so that they stay
rotations.
"""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from liveportrait.motion.rotation import (
    TangentVector,
    rotation_from_tangent,
    tangent_from_rotation,
    without_drift,
)
from liveportrait.motion.state import Motion
from liveportrait.tensors import Rotation


@dataclass(frozen=True, slots=True, kw_only=True)
class OneEuroConfig:
    """How one kind of signal is filtered."""

    least_cutoff_hz: float = 1.0
    """Cut-off at rest: lower trembles less."""
    cutoff_per_speed: float = 1.0
    """Hz for each unit a second: higher lags less."""
    speed_cutoff_hz: float = 2.0
    """Cut-off of the speed itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmoothingConfig:
    """How a head's motion is filtered; the unit of speed is radians, or crop half-widths, a second."""

    rotation: OneEuroConfig = OneEuroConfig(cutoff_per_speed=8.0)
    expression: OneEuroConfig = OneEuroConfig(cutoff_per_speed=80.0, speed_cutoff_hz=4.0)
    scale: OneEuroConfig = OneEuroConfig(cutoff_per_speed=10.0)
    translation: OneEuroConfig = OneEuroConfig(cutoff_per_speed=20.0)
    longest_gap_seconds: float = 0.5
    """After a longer pause the filters start anew: the face was lost."""


class MotionSmoother:
    """The filters of one stream. A batch item is one face and never touches another; keep their order."""

    def __init__(self, config: SmoothingConfig = SmoothingConfig()) -> None:
        self._config = config
        self.reset()

    def reset(self) -> None:
        """Forget all frames, as after a cut."""
        self._rotation = RotationFilter(self._config.rotation)
        self._expression = OneEuroFilter(self._config.expression)
        self._scale = OneEuroFilter(self._config.scale)
        self._translation = OneEuroFilter(self._config.translation)
        self._last_pts_seconds: float | None = None
        self._num_faces = 0

    def smooth(self, motion: Motion, *, pts_seconds: float) -> Motion:
        """The frame's motion, calmed by those before; times must rise."""
        step_seconds = self._step_to(pts_seconds, num_faces=len(motion))
        return replace(
            motion,
            rotation=self._rotation(motion.rotation, step_seconds=step_seconds),
            expression=self._expression(motion.expression, step_seconds=step_seconds),
            scale=self._scale(motion.scale, step_seconds=step_seconds),
            translation=self._translation(motion.translation, step_seconds=step_seconds),
        )

    def _step_to(self, pts_seconds: float, *, num_faces: int) -> float:
        """Seconds since the last frame; infinite for a first one."""
        last = self._last_pts_seconds
        if last is not None and pts_seconds <= last:
            raise ValueError(f"frame times must rise: {pts_seconds} s came after {last} s")
        gap = math.inf if last is None else pts_seconds - last
        if gap > self._config.longest_gap_seconds or num_faces != self._num_faces:
            self.reset()
            gap = math.inf
        self._last_pts_seconds, self._num_faces = pts_seconds, num_faces
        return gap


class OneEuroFilter:
    """Filters every number of a tensor by itself."""

    def __init__(self, config: OneEuroConfig) -> None:
        self._config = config
        self._state: _State | None = None

    def __call__(self, values: Float[Tensor, "..."], *, step_seconds: float) -> Float[Tensor, "..."]:
        if self._state is None:
            self._state = _State(values, values, torch.zeros_like(values))
            return values
        seen, smooth, velocity = self._state
        change = (values - seen) / step_seconds
        velocity = velocity + _weight(self._config.speed_cutoff_hz, step_seconds) * (change - velocity)
        smooth = smooth + _weight(_cutoff_hz(velocity.abs(), self._config), step_seconds) * (values - smooth)
        self._state = _State(values, smooth, velocity)
        return smooth


class RotationFilter:
    """Filters rotations: differences are tangent vectors, and one speed opens all three axes."""

    def __init__(self, config: OneEuroConfig) -> None:
        self._config = config
        self._state: _State | None = None

    def __call__(self, rotation: Rotation, *, step_seconds: float) -> Rotation:
        if self._state is None:
            self._state = _State(rotation, rotation, torch.zeros_like(rotation[:, 0]))
            return rotation
        seen, smooth, velocity = self._state
        change = _turn_between(seen, rotation) / step_seconds
        velocity = velocity + _weight(self._config.speed_cutoff_hz, step_seconds) * (change - velocity)
        cutoff_hz = _cutoff_hz(velocity.norm(dim=-1, keepdim=True), self._config)
        way = _weight(cutoff_hz, step_seconds) * _turn_between(smooth, rotation)
        smooth = without_drift(smooth @ rotation_from_tangent(way))
        self._state = _State(rotation, smooth, velocity)
        return smooth


class _State(NamedTuple):
    """The last frame, as it came and as it went out, and how fast it changes."""

    seen: Tensor
    smooth: Tensor
    velocity: Tensor


def _turn_between(start: Rotation, end: Rotation) -> TangentVector:
    return tangent_from_rotation(start.mT @ end)


def _cutoff_hz(speed: Float[Tensor, "..."], config: OneEuroConfig) -> Float[Tensor, "..."]:
    return config.least_cutoff_hz + config.cutoff_per_speed * speed


def _weight(cutoff_hz: Tensor | float, step_seconds: float) -> Tensor | float:
    """Weight of the new value in a first-order low-pass."""
    radians = 2 * math.pi * step_seconds * cutoff_hz
    return radians / (1 + radians)
