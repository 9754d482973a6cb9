"""Vectors of pictures that exist: of known people, or of a finished dataset by another recogniser."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from liveportrait.arrays import FrameRGB
from liveportrait.checkpoints.manifest import sha256_of
from liveportrait.dataset.embeddings import Embeddings, Recogniser, check_name
from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.generators.face_vectors import ArcFaceOnnx
from liveportrait.dataset.generators.folder import FolderConfig
from liveportrait.dataset.generators.hub_models import HubModel
from liveportrait.dataset.generators.protocol import DocumentRequest, GeneratedImage
from liveportrait.dataset.measuring.protocol import PersonVector
from liveportrait.dataset.measuring.recognition import SFACE, person_vector
from liveportrait.dataset.planning.config import DocumentSource
from liveportrait.dataset.planning.documents import list_documents
from liveportrait.dataset.running.image_store import ImageStore
from liveportrait.dataset.schema.failures import FailureRow
from liveportrait.dataset.schema.images import ImageRecord, Role
from liveportrait.dataset.schema.tables import read_rows
from liveportrait.errors import MediaError
from liveportrait.face.loading import load_face_landmarker
from liveportrait.face.protocol import Face, FaceAnalyzer
from liveportrait.judges.sface import load_sface
from liveportrait.media.progress import Progress, silent

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingConfig:
    """Who looks at the pictures: SFace, as datasets are measured with, or a network of the user's."""

    onnx: Path | None = None
    """A recogniser of the ArcFace family: 112 px in, 512 numbers out; without, SFace."""
    name: str | None = None
    """What its vectors are called; without, as the file is."""
    licence: str = "LicenseRef-Unknown"
    """Of the file's weights: an SPDX identifier or `LicenseRef-...`."""

    def open(self) -> "PersonEmbedder":
        analyzer = load_face_landmarker()
        if self.onnx is None:
            embedder = load_sface()
            return PersonEmbedder(
                SFACE, analyzer, lambda frame, face: person_vector(frame, face.landmarks, embedder)
            )
        name = check_name(self.name or self.onnx.stem)
        model = HubModel(id=name, revision=None, licence=self.licence)
        network = ArcFaceOnnx.load(self.onnx, model=model, analyzer=analyzer)
        recogniser = Recogniser(name=name, weights_sha256=sha256_of(self.onnx), licence=self.licence)
        return PersonEmbedder(recogniser, analyzer, network.of_face)


class PersonEmbedder:
    """A recogniser with its own detection; of several faces the largest counts."""

    def __init__(
        self,
        recogniser: Recogniser,
        analyzer: FaceAnalyzer,
        vector_of: Callable[[FrameRGB, Face], PersonVector],
    ) -> None:
        self.recogniser = recogniser
        self._analyzer, self._vector_of = analyzer, vector_of

    def __call__(self, frame: FrameRGB) -> PersonVector | None:
        """Of unit length; None where no face is found."""
        faces = self._analyzer.detect(frame)
        if not faces:
            return None
        vector = self._vector_of(frame, faces[0])
        return vector / np.linalg.norm(vector)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture, and whose it is."""

    image_id: str
    identity_id: str
    role: Role
    read: Callable[[], FrameRGB]


def pictures_of_people(folder: Path, *, leave_out: Path) -> tuple[list[Picture], tuple[FailureRow, ...]]:
    """A person is a folder within `folder`, or a picture that lies in it directly; and what is no picture, or
    one a second time."""
    listing = list_documents(DocumentSource(folder=folder), leave_out=leave_out)
    documents = FolderConfig().open()
    pictures: list[Picture] = []
    for found in listing.documents:
        person = found.path.partition("/")[0]
        request = DocumentRequest(identity_id=person, seed=0, path=folder / found.path)
        pictures.append(
            Picture(
                image_id=found.path,
                identity_id=person,
                role="live",
                read=partial(_taken, documents.draw, request),
            )
        )
    return pictures, listing.failures


def pictures_of_dataset(folder: DatasetFolder) -> list[Picture]:
    """All images that are stored."""
    store = ImageStore(folder)
    return [
        Picture(
            image_id=row.planned.image_id,
            identity_id=row.planned.identity_id,
            role=row.planned.role,
            read=partial(store.frame, row.stored),
        )
        for row in read_rows(folder.images, ImageRecord)
        if row.stored is not None
    ]


def embed(
    pictures: Sequence[Picture], embedder: PersonEmbedder, *, progress: Progress = silent
) -> Embeddings:
    """One vector a picture, in their order; a row of nan where there is no face, or nothing to read."""
    vectors: list[PersonVector | None] = []
    for number, picture in enumerate(pictures, start=1):
        vectors.append(_seen(picture, embedder))
        progress(number, len(pictures))
    width = max((len(vector) for vector in vectors if vector is not None), default=0)
    if not width:
        raise DatasetError(f"A face was found on none of {len(pictures)} pictures; expected some.")
    nobody = np.full(width, np.nan, np.float32)
    return Embeddings(
        recogniser=embedder.recogniser,
        image_ids=tuple(picture.image_id for picture in pictures),
        identity_ids=tuple(picture.identity_id for picture in pictures),
        roles=tuple(picture.role for picture in pictures),
        vectors=np.stack([nobody if vector is None else vector for vector in vectors]),
    )


def _seen(picture: Picture, embedder: PersonEmbedder) -> PersonVector | None:
    try:
        return embedder(picture.read())
    except MediaError as error:
        logger.warning("%s: %s", picture.image_id, error)
        return None


def _taken(draw: Callable[[DocumentRequest], GeneratedImage], request: DocumentRequest) -> FrameRGB:
    return draw(request).frame
