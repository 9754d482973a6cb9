"""Error rates for each group of people, as it was asked for when the dataset was planned.

Strangers are compared within the group: two women of one age are taken for each other more often
than two people at random, and it is that rate that differs between groups.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from liveportrait.dataset.biometrics.bootstrap import BootstrapSettings, Interval, intervals
from liveportrait.dataset.biometrics.comparisons import Comparisons
from liveportrait.dataset.biometrics.rates import ErrorRates, OperatingPoint, point_at_threshold
from liveportrait.dataset.biometrics.weighted_rates import WeightedRates


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPoint:
    """One group at one threshold; nan where it has no comparisons of the kind."""

    point: OperatingPoint
    fmr: Interval
    fnmr: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRates:
    """One value of one attribute."""

    attribute: str
    value: str
    num_identities: int
    num_mated: int
    num_non_mated: int
    points: tuple[GroupPoint, ...]
    """In the order of the thresholds."""


def group_rates(
    comparisons: Comparisons,
    value_of: Mapping[str, str | None],
    *,
    attribute: str,
    thresholds: Sequence[float],
    bootstrap: BootstrapSettings,
) -> list[GroupRates]:
    """One entry for each value; identities without one are in no group."""
    values = np.array([value_of.get(name) or "" for name in comparisons.identity_ids], dtype=object)
    found = []
    for value in sorted(set(values.tolist()) - {""}):
        weighted = WeightedRates(comparisons, values == value)
        members = weighted.members.astype(np.float64)
        found.append(
            GroupRates(
                attribute=attribute,
                value=value,
                num_identities=int(members.sum()),
                num_mated=weighted.num_mated,
                num_non_mated=round(comparisons.num_non_mated(members)),
                points=_points(weighted, thresholds, bootstrap),
            )
        )
    return found


def _points(
    weighted: WeightedRates, thresholds: Sequence[float], bootstrap: BootstrapSettings
) -> tuple[GroupPoint, ...]:
    def figures(rates: ErrorRates) -> np.ndarray:
        points = [point_at_threshold(rates, threshold) for threshold in thresholds]
        return np.array([[point.fmr, point.fnmr] for point in points]).reshape(-1)

    rates = weighted.rates(weighted.members.astype(np.float64))
    bounds = intervals(weighted, figures, bootstrap)
    return tuple(
        GroupPoint(
            point=point_at_threshold(rates, threshold), fmr=bounds[2 * place], fnmr=bounds[2 * place + 1]
        )
        for place, threshold in enumerate(thresholds)
    )
