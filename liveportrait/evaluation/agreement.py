"""Do two series of numbers move together, and how far: asked and measured, driver and result."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from jaxtyping import Float
from numpy import ndarray

Series: TypeAlias = Float[ndarray, "n"]
"""A number a frame; nan where it could not be measured."""

MIN_SWING = 0.02
"""Standard deviation of an opening below which a clip is still: its correlation is that of noise."""


def correlation(found: Series, true: Series, *, min_swing: float = 1e-6) -> float:
    """Pearson's, over the places where both are known; nan where the true series hardly moves.

    A found series that stands still while the true one moves does not follow it: 0.
    """
    ours, theirs = _known(found, true)
    if len(theirs) < 3 or theirs.std() < min_swing:
        return float("nan")
    if ours.std() < 1e-9:
        return 0.0
    return float(np.corrcoef(ours, theirs)[0, 1])


def slope(found: Series, asked: Series) -> float:
    """Of the least-squares line from asked to found; 1 where what is asked is what comes."""
    came, wanted = _known(found, asked)
    spread = float(np.square(wanted - wanted.mean()).sum()) if len(wanted) else 0.0
    if spread == 0:
        return float("nan")
    return float(((came - came.mean()) * (wanted - wanted.mean())).sum()) / spread


def swing_ratio(found: Series, true: Series, *, min_swing: float = 1e-6) -> float:
    """Standard deviation found over true: below 1 the movement is muted."""
    ours, theirs = _known(found, true)
    if len(theirs) < 3 or theirs.std() < min_swing:
        return float("nan")
    return float(ours.std() / theirs.std())


def mean_distance(found: Series, true: Series) -> float:
    """Mean |found - true|."""
    ours, theirs = _known(found, true)
    return float(np.abs(ours - theirs).mean()) if len(theirs) else float("nan")


def pooled_correlation(found: Sequence[Float[ndarray, "_n"]], true: Sequence[Float[ndarray, "_n"]]) -> float:
    """Over the series of several people put together, each without its mean where both are known."""
    pairs = [_known(ours, theirs) for ours, theirs in zip(found, true, strict=True)]
    return correlation(
        np.concatenate([_centred(ours) for ours, _ in pairs]),
        np.concatenate([_centred(theirs) for _, theirs in pairs]),
    )


def _centred(series: Float[ndarray, "k"]) -> Float[ndarray, "k"]:
    return series - series.mean() if len(series) else series


def _known(first: Series, second: Series) -> tuple[Float[ndarray, "k"], Float[ndarray, "k"]]:
    both = np.isfinite(first) & np.isfinite(second)
    return first[both], second[both]
