"""Pairs for verification: every live image against its own document and those of strangers."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from liveportrait.dataset.ids import unit_draw
from liveportrait.dataset.people import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationPair:
    """One comparison."""

    reference: str
    """Image of the document."""
    probe: str
    """Live image."""
    label: int
    """1 for mated, 0 for non-mated."""
    reference_identity: str
    probe_identity: str
    same_group: int
    """1 where gender, age and origin were asked for alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationSettings:
    """How many strangers a live image meets."""

    num_in_group: int = 5
    """Of its own requested gender, age and origin."""
    num_of_all: int = 5
    pair_seed: int = 0


def verification_pairs(
    people: Sequence[Person], settings: VerificationSettings
) -> Iterator[VerificationPair]:
    """Mated first for each live image; strangers are drawn by its name, so no order changes them."""
    enrolled = [person for person in people if person.document is not None]
    by_group: dict[tuple[str | None, ...], list[Person]] = defaultdict(list)
    for person in enrolled:
        by_group[person.group].append(person)
    for person in people:
        for image in person.live:
            probe = image.planned.image_id
            if person.document is not None:
                yield _pair(person, person, probe)
            met = {person.identity_id}
            for purpose, crowd, num in (
                ("group", by_group[person.group], settings.num_in_group),
                ("all", enrolled, settings.num_of_all),
            ):
                for stranger in _drawn(crowd, num, met, f"{settings.pair_seed}|{probe}|{purpose}"):
                    yield _pair(stranger, person, probe)


def _drawn(crowd: Sequence[Person], num: int, met: set[str], name: str) -> Iterator[Person]:
    """So many that were not met before, or as many as there are; who is drawn has been met.

    A few tries a stranger are enough unless the crowd is hardly larger than what is asked.
    """
    if len(crowd) <= 4 * (num + len(met)):
        order = sorted(range(len(crowd)), key=lambda place: _draw(name, place))
    else:
        order = [int(_draw(name, turn) * len(crowd)) for turn in range(20 * num)]
    for place in order:
        if num and crowd[place].identity_id not in met:
            met.add(crowd[place].identity_id)
            num -= 1
            yield crowd[place]


def _draw(name: str, turn: int) -> float:
    return unit_draw(turn, name)


def _pair(reference: Person, probe: Person, probe_image: str) -> VerificationPair:
    assert reference.document is not None
    return VerificationPair(
        reference=reference.document.planned.image_id,
        probe=probe_image,
        label=int(reference.identity_id == probe.identity_id),
        reference_identity=reference.identity_id,
        probe_identity=probe.identity_id,
        same_group=int(reference.group == probe.group),
    )
