"""People in rows, their document and live images in columns, as far as one page goes."""

from itertools import islice

import numpy as np
from jaxtyping import UInt8
from numpy import ndarray

from liveportrait.arrays import FrameRGB
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.people import Person, read_people
from liveportrait.dataset.running.image_store import ImageStore
from liveportrait.dataset.schema.images import ImageRecord
from liveportrait.errors import SettingError
from liveportrait.media.contact_sheet import Row, contact_sheet

NUM_PEOPLE = 6
FACES_SHOWN = 2.4
"""Side of what is shown over the height of the document's face."""


def people_sheet(folder: DatasetFolder, *, num_people: int = NUM_PEOPLE) -> FrameRGB:
    """The first people of a finished dataset who have all their images; columns are named by presets."""
    people = [person for person in read_people(folder) if person.document and person.live]
    most = max((len(person.live) for person in people), default=0)
    shown = list(islice((person for person in people if len(person.live) == most), num_people))
    if not shown:
        raise SettingError(f"{folder.root}: there is nobody to show; see the failures.")
    store = ImageStore(folder)
    rows = [
        Row(label=person.identity_id[:6], pictures=[_face(image, person, store) for image in person.images])
        for person in shown
    ]
    return contact_sheet(rows, ["document", *(_caption(image) for image in shown[0].live)])


def _caption(image: ImageRecord) -> str:
    return (image.planned.preset or image.planned.method).replace("_", " ")


def _face(image: ImageRecord, person: Person, store: ImageStore) -> UInt8[ndarray, "_ _ 3"]:
    """The same square of every image: where the document has the face."""
    assert image.stored is not None
    assert person.document is not None
    frame, figures = store.frame(image.stored), person.document.face
    if figures is None or figures.bbox_xyxy is None:
        return frame
    left, top, right, bottom = figures.bbox_xyxy
    half = FACES_SHOWN * (bottom - top) / 2
    x, y = (left + right) / 2, (top + bottom) / 2
    low = np.maximum([x - half, y - half], 0).astype(int)
    high = np.array([x + half, y + half]).astype(int)
    return frame[low[1] : high[1], low[0] : high[0]]
