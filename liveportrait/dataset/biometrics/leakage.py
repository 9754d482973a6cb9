"""Does a synthetic dataset show real people again? Its faces against a gallery of theirs."""

from dataclasses import dataclass

import numpy as np

from liveportrait.dataset.biometrics.nearest import nearest
from liveportrait.dataset.embeddings import Embeddings
from liveportrait.dataset.errors import DatasetError

NUM_LISTED = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestReal:
    """An image of the dataset and the most similar one of the gallery."""

    image_id: str
    identity_id: str
    gallery_image_id: str
    gallery_identity_id: str
    cosine: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Leakage:
    """How many images find somebody in the gallery, and how many would by chance."""

    threshold: float
    fmr: float
    num_images: int
    num_gallery_images: int
    num_gallery_identities: int
    num_matches: int
    """Images whose nearest neighbour reaches the threshold."""
    match_rate: float
    rate_by_chance: float
    """1 - (1 - FMR)^n for a stranger and the n images of the gallery, as if these were independent."""
    nearest: tuple[NearestReal, ...]
    """The closest of them, closest first: to be looked at."""


def leakage(embeddings: Embeddings, gallery: Embeddings, *, threshold: float, fmr: float) -> Leakage:
    """Search every image of the dataset in the gallery."""
    if embeddings.recogniser != gallery.recogniser:
        raise DatasetError(
            f"The gallery's embeddings are of {gallery.recogniser.name} or of other weights; expected "
            f"those of {embeddings.recogniser.name}, {embeddings.recogniser.weights_sha256[:12]}."
        )
    ours, theirs = embeddings.where(embeddings.enrolled), gallery.where(gallery.enrolled)
    if not len(ours) or not len(theirs):
        raise DatasetError("Expected images with a face in the dataset and in the gallery; one has none.")
    places, cosines = nearest(
        ours.vectors,
        theirs.vectors,
        num=1,
        query_people=np.zeros(len(ours), np.int32),
        gallery_people=np.ones(len(theirs), np.int32),
    )
    num_matches = int((cosines[:, 0] >= np.float32(threshold)).sum())
    order = np.argsort(-cosines[:, 0], kind="stable")[:NUM_LISTED].tolist()
    return Leakage(
        threshold=threshold,
        fmr=fmr,
        num_images=len(ours),
        num_gallery_images=len(theirs),
        num_gallery_identities=len(set(theirs.identity_ids)),
        num_matches=num_matches,
        match_rate=num_matches / len(ours),
        rate_by_chance=float(-np.expm1(len(theirs) * np.log1p(-fmr))),
        nearest=tuple(
            NearestReal(
                image_id=ours.image_ids[row],
                identity_id=ours.identity_ids[row],
                gallery_image_id=theirs.image_ids[int(places[row, 0])],
                gallery_identity_id=theirs.identity_ids[int(places[row, 0])],
                cosine=float(cosines[row, 0]),
            )
            for row in order
        ),
    )
