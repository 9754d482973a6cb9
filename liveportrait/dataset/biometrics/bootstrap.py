"""How sure the rates are: the bootstrap over identities.

Pairs share people and so are not independent; people are. Each replicate draws as many identities
as there are, with replacement: a mated score counts as often as its person was drawn, a non-mated
one as often as both. A person drawn twice is not compared with the copy.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from liveportrait.dataset.biometrics.rates import ErrorRates
from liveportrait.dataset.biometrics.weighted_rates import WeightedRates


@dataclass(frozen=True, slots=True, kw_only=True)
class BootstrapSettings:
    """How the intervals are found."""

    num_replicates: int = 200
    confidence: float = 0.95
    bootstrap_seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Between two percentiles of the replicates."""

    low: float
    high: float
    confidence: float


def replicates(weighted: WeightedRates, settings: BootstrapSettings) -> Iterator[ErrorRates]:
    """The rates as other draws of people from the same population would give them."""
    rng = np.random.default_rng(settings.bootstrap_seed)
    chance = weighted.members / max(int(weighted.members.sum()), 1)
    num = int(weighted.members.sum())
    for _ in range(settings.num_replicates if num else 0):
        yield weighted.rates(rng.multinomial(num, chance).astype(np.float64))


def intervals(
    weighted: WeightedRates,
    figures: Callable[[ErrorRates], Float64[ndarray, "k"]],
    settings: BootstrapSettings | None = None,
) -> list[Interval]:
    """One interval for each of the figures that are computed from rates."""
    settings = settings or BootstrapSettings()
    found = [figures(rates) for rates in replicates(weighted, settings)]
    return percentile_intervals(np.array(found), settings.confidence) if found else []


def percentile_intervals(values: Float64[ndarray, "replicates k"], confidence: float) -> list[Interval]:
    """Of each column; nan where a replicate has no value: a figure that is not always there has no bounds."""
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    bounds = zip(low.tolist(), high.tolist(), strict=True)
    return [Interval(low=each[0], high=each[1], confidence=confidence) for each in bounds]
