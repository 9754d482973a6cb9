"""Finds what a model's expression means: fits its neutral face and slider directions to measured frames.

The expression of a frame is taken as the neutral one plus a direction for each thing measured on the
picture, times how far that is from neutral. All directions are fitted at once (ridge regression), so
that a smile which parts the lips in every sample does not teach the smile slider to open the mouth.
Opening and closing, left and right have a direction each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from liveportrait.errors import SettingError
from liveportrait.motion.movements import (
    EYE_SIGNALS,
    EYE_SLIDERS,
    LIP_SIGNAL,
    LIP_SLIDERS,
    MOVEMENTS,
    SIGNALS,
    Movement,
)
from liveportrait.motion.signal_sides import Side, SidedSignals, split_sides
from liveportrait.motion.space import ExpressionSpace, PointMask, Slider, SliderName

Directions: TypeAlias = Float[ndarray, "c d"]
"""Where each side leads: a row a side, the coordinates of all keypoints flat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationConfig:
    """How the fit is made."""

    penalty: float = 1e-3
    """Weight of the directions' squares against the mean squared error."""
    end_percentile: float = 99.0
    """How far a signal goes from neutral at slider value 1, over all frames."""
    least_span: float = 0.1
    """A side of a signal that goes less far, over its other side, was not seen; it mirrors the other."""
    num_folds: int = 5
    """Clips are dealt into as many parts; each is judged by a fit to the others."""
    point_share: float = 0.5
    """A keypoint belongs to lips or eyes when it moves this far, over the one that moves farthest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliderFit:
    """How well one slider was found."""

    name: SliderName
    correlation: float
    """Of the slider's value read back from the expressions of unseen clips with the measured one."""
    mirrored: bool
    """One side was not seen in the samples and is the mirror of the other."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """A model's expression space and how far to trust it."""

    space: ExpressionSpace
    fits: tuple[SliderFit, ...]


def fit_expression_space(
    expression: Float[ndarray, "n k 3"],
    signals: Mapping[str, Float[ndarray, "n"]],
    *,
    clip_ids: Int[ndarray, "n"],
    model_id: str,
    config: CalibrationConfig = CalibrationConfig(),
) -> Calibration:
    """Fit a model's own space to frames of its expression and what was measured on the same pictures.

    Signals are named as `SIGNALS`; eyes and lips are needed, each other one yields its slider. Where
    the expression of a person at rest differs, subtract each clip's own before.
    """
    _check(expression, signals)
    calm = neutral_frames(signals)
    neutral = np.median(expression[calm], axis=0)
    sided = split_sides(signals, calm, end_percentile=config.end_percentile, least_span=config.least_span)
    offsets = (expression - neutral).reshape(len(expression), -1)
    directions = _fit(sided.values, offsets, config.penalty)
    seen = {side.signal for side in sided.sides}
    movements = [movement for movement in MOVEMENTS if seen.issuperset(movement.signals)]
    sliders = tuple(_slider(movement, sided, directions) for movement in movements)
    read_back = _read_back(sided, offsets, clip_ids, config)
    return Calibration(
        space=_space(model_id, neutral, sliders, config),
        fits=tuple(_judged(movement, sided, read_back) for movement in movements),
    )


def neutral_frames(signals: Mapping[str, Float[ndarray, "n"]]) -> Bool[ndarray, "n"]:
    """Frames with closed lips (the lower quarter) and open eyes (the upper half), and of them the calmest.

    Calm is near the usual value of every signal, counted in that signal's spread.
    """
    eyes = np.mean([signals[name] for name in EYE_SIGNALS], axis=0)
    lips = signals[LIP_SIGNAL]
    at_rest = (lips <= np.quantile(lips, 0.25)) & (eyes >= np.median(eyes))
    if at_rest.sum() < 40:
        raise SettingError(
            f"Only {at_rest.sum()} of {len(lips)} frames have closed lips and open eyes; calibrate on more."
        )
    spreads = [np.abs(signal - np.median(signal)) / (np.std(signal) + 1e-9) for signal in signals.values()]
    unrest = np.sum(spreads, axis=0)
    return at_rest & (unrest <= np.quantile(unrest[at_rest], 0.25))


def _fit(values: Float[ndarray, "n c"], offsets: Float[ndarray, "n d"], penalty: float) -> Directions:
    """Ridge regression of the offsets on the sides, with an intercept that is thrown away."""
    centred = values - values.mean(axis=0)
    gram = centred.T @ centred / len(values) + penalty * np.eye(values.shape[1])
    return np.linalg.solve(gram, centred.T @ (offsets - offsets.mean(axis=0)) / len(values))


def _slider(movement: Movement, sided: SidedSignals, directions: Directions) -> Slider:
    """The slider's two sides: each the sum of its signals' directions, mirrored where one was not seen."""

    def leads_to(side: Side) -> ndarray:
        if side in sided.sides:
            return directions[sided.sides.index(side)]
        return -movement.unseen_share * directions[sided.sides.index(side.opposite)]

    def offset(*, above: bool) -> torch.Tensor:
        total = np.sum([leads_to(Side(signal, above)) for signal in movement.signals], axis=0)
        return torch.from_numpy(total.reshape(-1, 3).astype(np.float32))

    return Slider(
        name=movement.slider,
        positive=offset(above=movement.raises),
        negative=offset(above=not movement.raises),
    )


def _read_back(
    sided: SidedSignals,
    offsets: Float[ndarray, "n d"],
    clip_ids: Int[ndarray, "n"],
    config: CalibrationConfig,
) -> Float[ndarray, "n c"]:
    """The sides' values as the expressions tell them, each clip read by a fit to other clips."""
    _, clips = np.unique(clip_ids, return_inverse=True)
    folds = clips % config.num_folds
    values = np.zeros_like(sided.values)
    for fold in np.unique(folds):
        unseen = folds == fold
        known = ~unseen if len(np.unique(folds)) > 1 else unseen
        directions = _fit(sided.values[known], offsets[known], config.penalty)
        noise = np.var(offsets[known] - sided.values[known] @ directions)
        # Least squares that does not read much from a direction no longer than the noise.
        gram = directions @ directions.T + noise * np.eye(len(directions))
        values[unseen] = np.linalg.solve(gram, directions @ offsets[unseen].T).T
    return values


def _judged(movement: Movement, sided: SidedSignals, read_back: Float[ndarray, "n c"]) -> SliderFit:
    def value(columns: ndarray) -> ndarray:
        moved = np.sum([sided.signed(signal, columns) for signal in movement.signals], axis=0)
        return moved - np.sum([sided.signed(signal, columns) for signal in movement.against], axis=0)

    asked, got = value(sided.values), value(read_back)
    both_seen = all(
        Side(signal, above) in sided.sides for signal in movement.signals for above in (True, False)
    )
    return SliderFit(
        name=movement.slider, correlation=float(np.corrcoef(asked, got)[0, 1]), mirrored=not both_seen
    )


def _space(
    model_id: str, neutral: Float[ndarray, "k 3"], sliders: tuple[Slider, ...], config: CalibrationConfig
) -> ExpressionSpace:
    lips = _moved_by(LIP_SLIDERS, sliders, len(neutral), config.point_share)
    eyes = _moved_by(EYE_SLIDERS, sliders, len(neutral), config.point_share)
    return ExpressionSpace(
        model_id=model_id,
        lip_mask=lips,
        eye_mask=eyes & ~lips,
        expression_mask=torch.ones_like(lips),
        neutral_expression=torch.from_numpy(neutral.astype(np.float32)),
        sliders=sliders,
    )


def _moved_by(
    names: tuple[SliderName, ...], sliders: tuple[Slider, ...], num_keypoints: int, share: float
) -> PointMask:
    """All coordinates of the keypoints that one of these sliders moves nearly as far as any."""
    mask = torch.zeros(num_keypoints, 3, dtype=torch.bool)
    for slider in sliders:
        if slider.name in names:
            distance = slider.positive.norm(dim=1)
            mask |= (distance >= share * distance.max())[:, None]
    return mask


def _check(expression: Float[ndarray, "n k 3"], signals: Mapping[str, Float[ndarray, "n"]]) -> None:
    needed = {*EYE_SIGNALS, LIP_SIGNAL}
    if not needed <= signals.keys() <= SIGNALS:
        raise SettingError(
            f"Calibration needs the signals {sorted(needed)} and knows {sorted(SIGNALS)}; "
            f"got {sorted(signals)}."
        )
    for name, signal in signals.items():
        if signal.shape != (len(expression),) or not np.isfinite(signal).all():
            raise SettingError(
                f"The signal {name} must have one finite number for each of {len(expression)} frames."
            )
    if not np.isfinite(expression).all():
        raise SettingError("The expressions to calibrate on hold values that are not finite.")
