"""The attributes of one identity, drawn by the rules of FLUXSynID.

Each class is used with its probability, and one value of it drawn. Then the clash rules are walked in
their order, again and again until a walk changes nothing. A rule fires where the identity has one of its
fixed values and one of its secondary ones: all its secondary values are struck from this identity's copy
of the class, and a value is drawn anew by what the others weigh. A class that has none left is dropped.
Values are only ever struck, so it ends; but which value is struck first depends on the order of the rules.

Every number comes from the identity's seed and what it is for, so an identity is the same whenever
and wherever it is drawn, and a class more changes no other class.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate

from liveportrait.dataset.attributes.attribute_set import AttributeSet, ClashRule
from liveportrait.dataset.ids import unit_draw
from liveportrait.dataset.schema.identities import Attribute


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnAttributes:
    """What one identity got."""

    requested: tuple[Attribute, ...]
    """Before the rules."""
    realised: tuple[Attribute, ...]
    """After them."""
    rules_fired: tuple[int, ...]
    """Their numbers, in order of firing; none fires twice, for what it strikes never comes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Values that can come, in order, with the running sum of what they weigh."""

    values: tuple[str, ...]
    weights: tuple[float, ...]
    sums: tuple[float, ...]

    def without(self, struck: frozenset[str]) -> "Choice":
        """Those that are left."""
        return choice_of(
            (value, self.weights[i]) for i, value in enumerate(self.values) if value not in struck
        )

    def at(self, unit: float) -> str | None:
        """The value at a place in [0, 1) of all that they weigh; None where none is left."""
        if not self.values:
            return None
        place = bisect_right(self.sums, unit * self.sums[-1])
        return self.values[min(place, len(self.values) - 1)]  # the product may round up to the last sum


def choice_of(weighted: Iterable[tuple[str, float]]) -> Choice:
    """Those of the values that weigh anything."""
    kept = [(value, weight) for value, weight in weighted if weight > 0]
    weights = tuple(weight for _, weight in kept)
    return Choice(values=tuple(value for value, _ in kept), weights=weights, sums=tuple(accumulate(weights)))


class AttributeSampler:
    """Draws identities from one set of attributes."""

    def __init__(self, attribute_set: AttributeSet) -> None:
        self._uses = {part.name: part.use_probability for part in attribute_set.classes}
        self._choices = {
            part.name: choice_of((value.value, value.probability) for value in part.values)
            for part in attribute_set.classes
        }
        self._rules = [_FastRule.of(rule) for rule in attribute_set.rules]

    def draw(self, seed: int) -> DrawnAttributes:
        """The same for the same seed and set, on every machine."""
        drawn: dict[str, str] = {}
        for name, use in self._uses.items():
            unit = unit_draw(seed, name)
            # Below `use` the same number, stretched to 0..1, is as good as a new one.
            if unit < use and (value := self._choices[name].at(unit / use)) is not None:
                drawn[name] = value
        requested = _as_attributes(drawn)
        draft = _Draft(values=drawn, choices=dict(self._choices))
        fired = self._settle(draft, seed)
        return DrawnAttributes(
            requested=requested,
            realised=_as_attributes(draft.values) if fired else requested,
            rules_fired=tuple(fired),
        )

    def _settle(self, draft: "_Draft", seed: int) -> list[int]:
        """Walk the rules until none fires; the numbers of those that did."""
        fired: list[int] = []
        walked = None
        while walked != len(fired):
            walked = len(fired)
            for number, rule in enumerate(self._rules):
                if rule.fires_for(draft.values):
                    draft.strike(rule, unit_draw(seed, f"rule {number}"))
                    fired.append(number)
        return fired


@dataclass(slots=True, kw_only=True)
class _Draft:
    """An identity while the rules work on it."""

    values: dict[str, str]
    choices: dict[str, Choice]
    """What is left to choose from, for this identity alone."""

    def strike(self, rule: "_FastRule", unit: float) -> None:
        name = rule.secondary_class
        self.choices[name] = self.choices[name].without(rule.secondary_values)
        value = self.choices[name].at(unit)
        if value is None:
            del self.values[name]
        else:
            self.values[name] = value


@dataclass(frozen=True, slots=True)
class _FastRule:
    """A rule whose values are found at once."""

    fixed_class: str
    fixed_values: frozenset[str]
    secondary_class: str
    secondary_values: frozenset[str]

    @staticmethod
    def of(rule: ClashRule) -> "_FastRule":
        return _FastRule(
            rule.fixed_class,
            frozenset(rule.fixed_values),
            rule.secondary_class,
            frozenset(rule.secondary_values),
        )

    def fires_for(self, drawn: Mapping[str, str]) -> bool:
        """Whether an identity has something of both sides."""
        return (
            drawn.get(self.fixed_class) in self.fixed_values
            and drawn.get(self.secondary_class) in self.secondary_values
        )


def _as_attributes(drawn: Mapping[str, str]) -> tuple[Attribute, ...]:
    return tuple(Attribute(name=name, value=value) for name, value in drawn.items())
