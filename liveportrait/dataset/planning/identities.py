"""The identities of a plan, one after the other."""

from collections.abc import Iterator, Mapping
from itertools import count

from liveportrait.dataset import ids
from liveportrait.dataset.attributes.attribute_set import AttributeSet
from liveportrait.dataset.attributes.drawing import AttributeSampler
from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.planning.documents import DocumentListing
from liveportrait.dataset.planning.labels import Labels
from liveportrait.dataset.schema.identities import PlannedIdentity

GENDER_CLASS, AGE_CLASS, ORIGIN_CLASS = "genders", "ages", "origins"
"""The classes, named as in FLUXSynID, whose values are columns of their own."""


def sampled_identities(
    attribute_set: AttributeSet, num_identities: int, *, root_seed: int
) -> Iterator[PlannedIdentity]:
    """People by drawn attributes; each depends on the root seed and its place alone."""
    sampler = AttributeSampler(attribute_set)
    for index, identity_id in enumerate(_sampled_ids(num_identities, root_seed)):
        drawn = sampler.draw(ids.seed_of(root_seed, identity_id, stage="attributes"))
        known = {attribute.name: attribute.value for attribute in drawn.realised}
        yield PlannedIdentity(
            index=index,
            identity_id=identity_id,
            source="sampled",
            requested_attributes=drawn.requested,
            attributes=drawn.realised,
            rules_fired=drawn.rules_fired,
            gender=known.get(GENDER_CLASS),
            age=known.get(AGE_CLASS),
            origin=known.get(ORIGIN_CLASS),
            prompt_seed=ids.seed_of(root_seed, identity_id, stage="prompt"),
            document_seed=ids.seed_of(root_seed, identity_id, stage="t2i"),
        )


def document_identities(
    listing: DocumentListing, labels: Mapping[str, Labels], *, root_seed: int
) -> Iterator[PlannedIdentity]:
    """One person a document, in order of the paths; the id depends on the file's content alone."""
    taken: dict[str, str] = {}
    for index, document in enumerate(listing.documents):
        identity_id = ids.document_identity_id(document.sha256)
        other = taken.setdefault(identity_id, document.path)
        if other != document.path:  # 48 bits: once in 60,000 folders of 100,000 documents
            raise DatasetError(f"{other} and {document.path} get the same id; leave one of them out.")
        label = labels.get(document.path, Labels())
        yield PlannedIdentity(
            index=index,
            identity_id=identity_id,
            source="folder",
            gender=label.gender,
            age=label.age,
            origin=label.origin,
            prompt_seed=ids.seed_of(root_seed, identity_id, stage="prompt"),
            document_seed=ids.seed_of(root_seed, identity_id, stage="t2i"),
            document_path=document.path,
            document_sha256=document.sha256,
        )


def _sampled_ids(num_identities: int, root_seed: int) -> Iterator[str]:
    """Ids without a double: of two equal ones the later takes a further draw."""
    taken: set[int] = set()
    for index in range(num_identities):
        for draw in count():
            identity_id = ids.sampled_identity_id(root_seed, index, draw=draw)
            number = int(identity_id, 16)
            if number not in taken:
                taken.add(number)
                yield identity_id
                break
