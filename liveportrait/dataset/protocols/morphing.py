"""Whom to morph, and how a detector of morphs is tried: look-alikes of one gender, age and origin.

A morph of two people who look alike passes for both, so attackers choose such pairs. Detection with
a trusted live capture (D-MAD) compares a document with one; a bona fide document is compared alike.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from liveportrait.dataset.biometrics.nearest import nearest
from liveportrait.dataset.embeddings import Embeddings
from liveportrait.dataset.people import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class MorphCandidate:
    """Two people whose documents may be morphed."""

    morph_id: str
    accomplice: str
    """Identity who would apply for the document."""
    criminal: str
    """Identity who would travel with it."""
    accomplice_document: str
    criminal_document: str
    cosine: float
    gender: str | None
    age: str | None
    origin: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadTrial:
    """One decision of a detector: a document, and beside it a trusted live image."""

    label: str
    """`bona_fide` or `morph`."""
    document: str
    """An image of the dataset, or `morph_id` where it is still to be made."""
    live: str
    live_role: str
    """Who stands before the camera: `self`, `accomplice` or `criminal`."""
    live_identity: str
    accomplice: str | None
    criminal: str | None


def morph_candidates(
    people: Sequence[Person], documents: Embeddings, *, num_partners: int = 1
) -> list[MorphCandidate]:
    """For each person the nearest others of the same group; a pair that is found twice is given once."""
    row_of = {
        name: row
        for row, (name, enrolled) in enumerate(
            zip(documents.image_ids, documents.enrolled.tolist(), strict=True)
        )
        if enrolled
    }
    groups: dict[tuple[str | None, ...], list[Person]] = defaultdict(list)
    for person in people:
        if person.document is not None and person.document.planned.image_id in row_of:
            groups[person.group].append(person)
    found = [
        candidate
        for members in groups.values()
        for candidate in _in_group(members, documents, row_of, num_partners=num_partners)
    ]
    return sorted(found, key=lambda pair: (-pair.cosine, pair.morph_id))


def mad_trials(people: Sequence[Person], candidates: Sequence[MorphCandidate]) -> Iterator[MadTrial]:
    """Every live image with its own document, and with each morph that its person would be in."""
    by_name = {person.identity_id: person for person in people}
    for person in people:
        for image in person.live if person.document is not None else ():
            assert person.document is not None
            yield MadTrial(
                label="bona_fide",
                document=person.document.planned.image_id,
                live=image.planned.image_id,
                live_role="self",
                live_identity=person.identity_id,
                accomplice=None,
                criminal=None,
            )
    for pair in candidates:
        for role, name in (("accomplice", pair.accomplice), ("criminal", pair.criminal)):
            for image in by_name[name].live:
                yield MadTrial(
                    label="morph",
                    document=pair.morph_id,
                    live=image.planned.image_id,
                    live_role=role,
                    live_identity=name,
                    accomplice=pair.accomplice,
                    criminal=pair.criminal,
                )


def _in_group(
    members: Sequence[Person], documents: Embeddings, row_of: Mapping[str, int], *, num_partners: int
) -> Iterator[MorphCandidate]:
    images = [person.document.planned.image_id for person in members if person.document is not None]
    vectors = np.asarray(documents.vectors[[row_of[image] for image in images]])
    numbers = np.arange(len(members), dtype=np.int32)
    places, cosines = nearest(
        vectors, vectors, num=num_partners, query_people=numbers, gallery_people=numbers
    )
    seen = set()
    for one, (others, scores) in enumerate(zip(places.tolist(), cosines.tolist(), strict=True)):
        for other, cosine in zip(others, scores, strict=True):
            pair = tuple(sorted((one, other), key=lambda place: members[place].identity_id))
            if other >= 0 and pair not in seen:
                seen.add(pair)
                yield _candidate(*(members[place] for place in pair), cosine=cosine)


def _candidate(accomplice: Person, criminal: Person, *, cosine: float) -> MorphCandidate:
    assert accomplice.document is not None and criminal.document is not None
    gender, age, origin = accomplice.group
    return MorphCandidate(
        morph_id=f"morph_{accomplice.identity_id}_{criminal.identity_id}",
        accomplice=accomplice.identity_id,
        criminal=criminal.identity_id,
        accomplice_document=accomplice.document.planned.image_id,
        criminal_document=criminal.document.planned.image_id,
        cosine=cosine,
        gender=gender,
        age=age,
        origin=origin,
    )
