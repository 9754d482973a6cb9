"""A set of attributes: classes with weighted values, and rules for what clashes."""

import math
import re
from dataclasses import dataclass

from liveportrait.dataset.errors import DatasetError

SUM_TOLERANCE = 1e-4
"""How far the probabilities of a class may be from 1 together; they are scaled to it."""

_CLASS_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedValue:
    """One value of a class and its probability among those who have the class at all."""

    value: str
    probability: float

    def __post_init__(self) -> None:
        if not self.value.strip() or not self.value.isprintable() or "," in self.value:
            raise DatasetError(f"The value {self.value!r} must be printable text without a comma.")
        if not (math.isfinite(self.probability) and 0 <= self.probability <= 1):
            raise DatasetError(f"{self.value!r} has probability {self.probability}; give one from 0 to 1.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeClass:
    """A property, of which a person has one value or none."""

    name: str
    use_probability: float
    """How many people have the class at all, from 0 to 1."""
    values: tuple[WeightedValue, ...]

    def __post_init__(self) -> None:
        if not _CLASS_NAME.fullmatch(self.name):
            raise DatasetError(f"The class {self.name!r} must be named with letters, digits, _ and - alone.")
        if not (math.isfinite(self.use_probability) and 0 <= self.use_probability <= 1):
            raise DatasetError(f"{self.name} is used with {self.use_probability}; give 0 to 1.")
        names = self.value_names
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise DatasetError(f"{self.name} has values twice: {', '.join(twice)}; keep one of each.")
        total = math.fsum(value.probability for value in self.values)
        if abs(total - 1) > SUM_TOLERANCE:
            raise DatasetError(f"The probabilities of {self.name} sum to {total:.6f}; they must to 1.")

    @property
    def value_names(self) -> tuple[str, ...]:
        return tuple(value.value for value in self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClashRule:
    """Who has one of the fixed values cannot have any of the secondary ones."""

    fixed_class: str
    fixed_values: tuple[str, ...]
    secondary_class: str
    secondary_values: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.fixed_class == self.secondary_class:
            raise DatasetError(f"A rule sets {self.fixed_class} against itself; name two classes.")
        if not self.fixed_values or not self.secondary_values:
            raise DatasetError(
                f"A rule of {self.fixed_class} and {self.secondary_class} names no values on one side."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeSet:
    """All classes, in order of their names, and the rules in the order in which they act."""

    classes: tuple[AttributeClass, ...]
    rules: tuple[ClashRule, ...] = ()

    def __post_init__(self) -> None:
        names = [part.name for part in self.classes]
        if not names or names != sorted(set(names)):
            raise DatasetError(f"Expected classes of different names, in their order; got {names}.")
        for rule in self.rules:
            self._check(rule.fixed_class, rule.fixed_values)
            self._check(rule.secondary_class, rule.secondary_values)

    def _check(self, class_name: str, values: tuple[str, ...]) -> None:
        known = {part.name: part.value_names for part in self.classes}
        if class_name not in known:
            raise DatasetError(f"A rule names the class {class_name!r}; there are {', '.join(known)}.")
        unknown = sorted(set(values) - set(known[class_name]))
        if unknown:
            raise DatasetError(f"A rule names values that {class_name} does not have: {', '.join(unknown)}.")
