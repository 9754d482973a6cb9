import math
from collections.abc import Callable

import pytest

from liveportrait.dataset.attributes.attribute_set import (
    AttributeClass,
    AttributeSet,
    ClashRule,
    WeightedValue,
)
from liveportrait.dataset.errors import DatasetError


def _class(name: str, *values: tuple[str, float], use: float = 1.0) -> AttributeClass:
    weighted = tuple(WeightedValue(value=value, probability=probability) for value, probability in values)
    return AttributeClass(name=name, use_probability=use, values=weighted)


HAIR, HATS = _class("hair", ("red", 0.5), ("gray", 0.5)), _class("hats", ("cap", 1.0))


def _rule(fixed: str = "hair", values: tuple[str, ...] = ("red",), secondary: str = "hats") -> ClashRule:
    return ClashRule(
        fixed_class=fixed, fixed_values=values, secondary_class=secondary, secondary_values=("cap",)
    )


@pytest.mark.parametrize("value", ["", " ", "a,b", "a\nb", "\x00", "a\x1b[0m"])
def test_a_value_that_breaks_lines_or_columns_is_refused(value: str) -> None:
    with pytest.raises(DatasetError, match="printable"):
        WeightedValue(value=value, probability=1.0)


@pytest.mark.parametrize("probability", [-0.1, 1.1, math.nan, math.inf])
def test_a_probability_is_one(probability: float) -> None:
    with pytest.raises(DatasetError, match="from 0 to 1"):
        WeightedValue(value="red", probability=probability)
    with pytest.raises(DatasetError, match="0 to 1"):
        _class("hair", ("red", 1.0), use=probability)


@pytest.mark.parametrize("name", ["", "../x", "a b", "a.txt", "a/b", "a\n", "x" * 65])
def test_a_class_has_a_plain_name(name: str) -> None:
    with pytest.raises(DatasetError, match="letters, digits"):
        _class(name, ("red", 1.0))


@pytest.mark.parametrize(
    "values", [(), (("red", 0.0),), (("red", 0.5), ("gray", 0.4)), (("red", 1.0), ("gray", 0.1))]
)
def test_probabilities_must_sum_to_one(values: tuple[tuple[str, float], ...]) -> None:
    with pytest.raises(DatasetError, match="sum to"):
        _class("hair", *values)


def test_a_value_stands_once() -> None:
    with pytest.raises(DatasetError, match="twice: red"):
        _class("hair", ("red", 0.5), ("red", 0.5))


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (lambda: _rule("shoes"), "names the class 'shoes'"),
        (lambda: _rule(values=("blue",)), "hair does not have: blue"),
        (lambda: _rule(secondary="hair"), "against itself"),
        (lambda: _rule(values=()), "names no values"),
    ],
)
def test_a_rule_that_can_never_act_is_refused(rule: Callable[[], ClashRule], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        AttributeSet(classes=(HAIR, HATS), rules=(rule(),))


def test_classes_have_an_order_of_their_own() -> None:
    with pytest.raises(DatasetError, match="in their order"):
        AttributeSet(classes=(HATS, HAIR))
