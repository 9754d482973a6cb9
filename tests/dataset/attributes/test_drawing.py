from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveportrait.dataset.attributes.attribute_set import (
    AttributeClass,
    AttributeSet,
    ClashRule,
    WeightedValue,
)
from liveportrait.dataset.attributes.drawing import AttributeSampler, choice_of
from tests.dataset.attributes.enumeration import distribution

NUM_DRAWS = 4000


def _class(name: str, use: float, **values: float) -> AttributeClass:
    weighted = tuple(WeightedValue(value=value, probability=weight) for value, weight in values.items())
    return AttributeClass(name=name, use_probability=use, values=weighted)


def _rule(fixed: str, values: str, secondary: str, struck: str) -> ClashRule:
    return ClashRule(
        fixed_class=fixed,
        fixed_values=tuple(values.split()),
        secondary_class=secondary,
        secondary_values=tuple(struck.split()),
    )


BEARDS = AttributeSet(
    classes=(_class("beard", 0.7, none=0.6, full=0.3, goatee=0.1), _class("gender", 1.0, f=0.5, m=0.5)),
    rules=(_rule("gender", "f", "beard", "none full goatee"),),
)
"""A class that is dropped altogether."""
HAIR = AttributeSet(
    classes=(
        _class("age", 1.0, young=0.6, old=0.4),
        _class("color", 0.5, black=0.7, brown=0.2, gray=0.08, white=0.02),
        _class("style", 0.8, long=0.5, short=0.4, bald=0.1),
    ),
    rules=(
        _rule("age", "old", "color", "black brown"),
        _rule("style", "bald", "color", "black brown gray white"),
        _rule("color", "white", "style", "long"),
    ),
)
"""Rules that follow from one another: a redraw to white hair leads to a redraw of the style."""
CYCLE = AttributeSet(
    classes=(_class("a", 1.0, x=0.5, y=0.3, z=0.2), _class("b", 0.9, x=0.4, y=0.4, z=0.2)),
    rules=(
        _rule("a", "x", "b", "x y"),
        _rule("b", "z", "a", "x"),
        _rule("a", "y", "b", "z"),
        _rule("b", "y", "a", "y"),
    ),
)
"""Rules that chase each other."""


@pytest.mark.parametrize("attribute_set", [BEARDS, HAIR, CYCLE], ids=["dropped", "chained", "cycle"])
def test_people_come_as_often_as_the_enumeration_of_all_draws_says(attribute_set: AttributeSet) -> None:
    expected = distribution(attribute_set)
    assert sum(expected.values()) == pytest.approx(1)
    sampler = AttributeSampler(attribute_set)
    drawn = [sampler.draw(seed).realised for seed in range(NUM_DRAWS)]
    counts = Counter(tuple(sorted((part.name, part.value) for part in person)) for person in drawn)
    assert counts.keys() <= expected.keys()
    # 0.1 % of such statistics are larger; seeds are fixed, so it holds or does not.
    statistic = sum((counts[key] - NUM_DRAWS * p) ** 2 / (NUM_DRAWS * p) for key, p in expected.items())
    assert statistic < len(expected) + 5 * (2 * len(expected)) ** 0.5


def test_an_identity_is_what_its_seed_says() -> None:
    first, second = AttributeSampler(HAIR), AttributeSampler(HAIR)
    second.draw(99)
    assert first.draw(5) == second.draw(5)
    assert len({first.draw(seed) for seed in range(50)}) > 10


def test_a_class_more_changes_no_other_class() -> None:
    more = AttributeSet(classes=(*HAIR.classes, _class("teeth", 0.5, gap=1.0)), rules=HAIR.rules)
    for seed in range(200):
        grown = [part for part in AttributeSampler(more).draw(seed).realised if part.name != "teeth"]
        assert tuple(grown) == AttributeSampler(HAIR).draw(seed).realised


def test_what_was_asked_first_and_which_rules_fired_is_kept() -> None:
    people = [AttributeSampler(BEARDS).draw(seed) for seed in range(300)]
    for person in people:
        had_beard = any(part.name == "beard" for part in person.requested)
        is_woman = any(part.value == "f" for part in person.requested)
        assert person.rules_fired == ((0,) if had_beard and is_woman else ())
        assert (person.requested == person.realised) is not bool(person.rules_fired)
    assert any(person.rules_fired for person in people)


def test_no_value_without_weight_ever_comes() -> None:
    zeros = AttributeSet(classes=(_class("a", 1.0, x=0.0, y=1.0, z=0.0), _class("b", 0.0, x=1.0)))
    for seed in range(500):
        assert [part.value for part in AttributeSampler(zeros).draw(seed).realised] == ["y"]


def test_a_class_whose_rest_weighs_nothing_is_dropped() -> None:
    left = AttributeSet(
        classes=(_class("a", 1.0, x=1.0, y=0.0), _class("b", 1.0, x=1.0)), rules=(_rule("b", "x", "a", "x"),)
    )
    assert [part.name for part in AttributeSampler(left).draw(0).realised] == ["b"]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.floats(0, 1, exclude_max=True))
def test_every_place_has_a_value_that_weighs_something(weights: list[float], unit: float) -> None:
    values = [str(index) for index in range(len(weights))]
    value = choice_of(zip(values, weights, strict=True)).at(unit)
    assert (value is None) == (max(weights) == 0)
    assert value is None or weights[int(value)] > 0


_NAMES = ("a", "b", "c")
_sides = st.tuples(
    st.permutations(_NAMES),
    st.sets(st.sampled_from("xyz"), min_size=1),
    st.sets(st.sampled_from("xyz"), min_size=1),
)


@given(st.lists(_sides, max_size=6), st.integers(0, 2**63 - 1))
def test_whatever_the_rules_the_end_breaks_none_and_each_fires_once(
    sides: list[tuple[list[str], set[str], set[str]]], seed: int
) -> None:
    rules = tuple(
        _rule(names[0], " ".join(sorted(fixed)), names[1], " ".join(sorted(struck)))
        for names, fixed, struck in sides
    )
    classes = tuple(_class(name, 0.9, x=0.5, y=0.3, z=0.2) for name in _NAMES)
    drawn = AttributeSampler(AttributeSet(classes=classes, rules=rules)).draw(seed)
    person = {part.name: part.value for part in drawn.realised}
    for rule in rules:
        both = person.get(rule.fixed_class) in rule.fixed_values
        assert not (both and person.get(rule.secondary_class) in rule.secondary_values)
    assert len(set(drawn.rules_fired)) == len(drawn.rules_fired)
