"""Means over frames and clips of what could be measured."""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import numpy as np

Figures = TypeVar("Figures")


def nan_mean(values: Sequence[float] | np.ndarray) -> float:
    """Mean of those that are numbers; nan when none is."""
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    return float(known.mean()) if len(known) else float("nan")


def mean_figures(figures: Sequence[Figures]) -> Figures:
    """Field by field, of frozen dataclasses of numbers, nested or not; a part may be None in some of them."""
    first = figures[0]
    assert is_dataclass(first)
    return type(first)(
        **{part.name: _mean([getattr(one, part.name) for one in figures]) for part in fields(first)}
    )


def _mean(values: Sequence[Any]) -> Any:
    there = [value for value in values if value is not None]
    if not there:
        return None
    return mean_figures(there) if is_dataclass(there[0]) else nan_mean(there)
