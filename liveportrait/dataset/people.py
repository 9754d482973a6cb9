"""The people of a finished dataset with their images, one after another."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import groupby

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.schema.identities import IdentityRecord, PlannedIdentity
from liveportrait.dataset.schema.images import ImageRecord
from liveportrait.dataset.schema.tables import read_rows, read_texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An identity and what was made of it: images with the status `ok` alone."""

    identity: PlannedIdentity
    document: ImageRecord | None
    live: tuple[ImageRecord, ...]

    @property
    def identity_id(self) -> str:
        return self.identity.identity_id

    @property
    def images(self) -> tuple[ImageRecord, ...]:
        """The document first."""
        return self.live if self.document is None else (self.document, *self.live)

    @property
    def group(self) -> tuple[str | None, str | None, str | None]:
        """Requested gender, age and origin."""
        return self.identity.gender, self.identity.age, self.identity.origin


def read_people(folder: DatasetFolder, *, chosen: Collection[str] | None = None) -> Iterator[Person]:
    """In the order of the plan; people without any image are passed over. `chosen` are identities.

    Both tables are in the order of the plan, so no more than one person is in memory.
    """
    wanted = None if chosen is None else frozenset(chosen)
    identities = (row.planned for row in read_rows(folder.identities, IdentityRecord))
    images = read_rows(folder.images, ImageRecord)
    for index, rows in groupby(images, key=lambda row: row.planned.identity_index):
        identity = next((each for each in identities if each.index == index), None)
        if identity is None:
            raise DatasetError(
                f"{folder.images}: its rows are not in the order of the plan, or are of another plan "
                f"(the identity with the index {index})."
            )
        good = [row for row in rows if row.status == "ok" and row.stored is not None]
        if good and (wanted is None or identity.identity_id in wanted):
            yield _person(identity, good)


def good_image_ids(folder: DatasetFolder) -> set[str]:
    """The images with the status `ok`, without reading all that is known of them."""
    return set(read_texts(folder.images, ImageRecord, column="image_id", where=("status", "ok")))


def _person(identity: PlannedIdentity, images: list[ImageRecord]) -> Person:
    documents = [row for row in images if row.planned.role == "doc"]
    return Person(
        identity=identity,
        document=documents[0] if documents else None,
        live=tuple(row for row in images if row.planned.role == "live"),
    )
