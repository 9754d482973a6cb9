"""How often each value was asked for, and how often it came: rules change what was asked for.

Probabilities of values are among those who have the class. The chi-square test asks whether what came
may be a draw from what was asked for; a small p-value says that the rules (or a fault) changed it.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from liveportrait.dataset.attributes.attribute_set import AttributeClass, AttributeSet
from liveportrait.dataset.schema.identities import PlannedIdentity

LEAST_EXPECTED = 5.0
"""Cells that expect fewer are pooled, as is usual (Cochran 1954); a small pool joins the least cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One value, or the use of a class."""

    name: str
    requested: float
    realised: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChiSquare:
    """Pearson's test of counts against probabilities."""

    statistic: float
    degrees_of_freedom: int
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassMarginals:
    """One class."""

    use: Share
    """Of all identities, under the name of the class."""
    values: tuple[Share, ...]
    test: ChiSquare | None
    """Of the values; None where too few people have the class for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCount:
    """How often a rule fired."""

    rule: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginalsReport:
    """All classes of a plan."""

    num_identities: int
    classes: tuple[ClassMarginals, ...]
    rules: tuple[RuleCount, ...]


class MarginalsCounter:
    """Counts identities as they go by."""

    def __init__(self, attribute_set: AttributeSet) -> None:
        self._set = attribute_set
        self._num_identities = 0
        self._values: Counter[tuple[str, str]] = Counter()
        self._rules: Counter[int] = Counter()

    def counted(self, identities: Iterable[PlannedIdentity]) -> Iterable[PlannedIdentity]:
        """The same identities, counted on the way."""
        for identity in identities:
            self._num_identities += 1
            self._values.update((attribute.name, attribute.value) for attribute in identity.attributes)
            self._rules.update(identity.rules_fired)
            yield identity

    def report(self) -> MarginalsReport:
        """What was counted so far."""
        return MarginalsReport(
            num_identities=self._num_identities,
            classes=tuple(self._marginals(part) for part in self._set.classes),
            rules=tuple(
                RuleCount(
                    rule=f"{rule.fixed_class} against {rule.secondary_class}", count=self._rules[number]
                )
                for number, rule in enumerate(self._set.rules)
            ),
        )

    def _marginals(self, part: AttributeClass) -> ClassMarginals:
        counts = [self._values[part.name, value] for value in part.value_names]
        total = sum(counts)
        whole = math.fsum(value.probability for value in part.values)
        probabilities = [value.probability / whole for value in part.values]
        return ClassMarginals(
            use=Share(
                name=part.name,
                requested=part.use_probability,
                realised=_ratio(total, self._num_identities),
                count=total,
            ),
            values=tuple(
                Share(name=name, requested=probability, realised=_ratio(count, total), count=count)
                for name, probability, count in zip(part.value_names, probabilities, counts, strict=True)
            ),
            test=chi_square(counts, probabilities),
        )


def chi_square(counts: list[int], probabilities: list[float]) -> ChiSquare | None:
    """The test with rare cells pooled; None where fewer than two are left."""
    total = sum(counts)
    cells = [(count, total * probability) for count, probability in zip(counts, probabilities, strict=True)]
    kept = sorted((cell for cell in cells if cell[1] >= LEAST_EXPECTED), key=lambda cell: cell[1])
    rare = [cell for cell in cells if cell[1] < LEAST_EXPECTED]
    pool = (sum(count for count, _ in rare), math.fsum(expected for _, expected in rare))
    if pool[1] >= LEAST_EXPECTED:
        kept.append(pool)
    elif kept:
        kept[0] = (kept[0][0] + pool[0], kept[0][1] + pool[1])
    if len(kept) < 2:
        return None
    statistic = math.fsum((count - expected) ** 2 / expected for count, expected in kept)
    return ChiSquare(
        statistic=statistic,
        degrees_of_freedom=len(kept) - 1,
        p_value=_chi_square_tail(statistic, len(kept) - 1),
    )


def _chi_square_tail(statistic: float, degrees_of_freedom: int) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(degrees_of_freedom, statistic))


def _ratio(count: int, total: int) -> float:
    return count / total if total else 0.0
