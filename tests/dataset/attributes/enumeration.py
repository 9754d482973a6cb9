"""What the rules make of small sets, exactly: every draw followed to its end, with its probability.

Written from the description of FLUXSynID's procedure and not from the sampler, on plain dicts.
"""

from collections import defaultdict
from collections.abc import Iterator

from liveportrait.dataset.attributes.attribute_set import AttributeSet

Person = tuple[tuple[str, str], ...]
Copies = dict[str, dict[str, float]]


def distribution(attribute_set: AttributeSet) -> dict[Person, float]:
    """The probability of every person that can come out."""
    total: dict[Person, float] = defaultdict(float)
    copies = {
        part.name: {value.value: value.probability for value in part.values if value.probability > 0}
        for part in attribute_set.classes
    }
    for probability, person in _first_draws(attribute_set):
        for share, settled in _settled(attribute_set, person, copies, at=0, changed=False):
            total[tuple(sorted(settled.items()))] += probability * share
    return dict(total)


def _first_draws(attribute_set: AttributeSet) -> Iterator[tuple[float, dict[str, str]]]:
    people: list[tuple[float, dict[str, str]]] = [(1.0, {})]
    for part in attribute_set.classes:
        grown = []
        for probability, person in people:
            grown.append((probability * (1 - part.use_probability), person))
            for value in part.values:
                share = probability * part.use_probability * value.probability
                grown.append((share, person | {part.name: value.value}))
        people = [(probability, person) for probability, person in grown if probability > 0]
    yield from people


def _settled(
    attribute_set: AttributeSet, person: dict[str, str], copies: Copies, *, at: int, changed: bool
) -> Iterator[tuple[float, dict[str, str]]]:
    """Go on with rule number `at` of a walk in which something did or did not change."""
    if at == len(attribute_set.rules):
        if not changed:
            yield 1.0, person
        else:
            yield from _settled(attribute_set, person, copies, at=0, changed=False)
        return
    rule = attribute_set.rules[at]
    name = rule.secondary_class
    if person.get(rule.fixed_class) not in rule.fixed_values or person.get(name) not in rule.secondary_values:
        yield from _settled(attribute_set, person, copies, at=at + 1, changed=changed)
        return
    left = {value: weight for value, weight in copies[name].items() if value not in rule.secondary_values}
    struck = copies | {name: left}
    if not left:
        dropped = {key: value for key, value in person.items() if key != name}
        yield from _settled(attribute_set, dropped, struck, at=at + 1, changed=True)
        return
    for value, weight in left.items():
        for share, end in _settled(attribute_set, person | {name: value}, struck, at=at + 1, changed=True):
            yield share * weight / sum(left.values()), end
