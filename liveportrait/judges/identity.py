"""Identity: is the person in two pictures the same?"""

from typing import Protocol, TypeAlias, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from liveportrait.judges.face_alignment import FivePoints
from liveportrait.judges.image_range import assert_unit_range
from liveportrait.tensors import ImageBatch, PerItem

Embeddings: TypeAlias = Float[Tensor, "b d"]
"""One vector a face; its direction is the person."""


@runtime_checkable
class FaceEmbedder(Protocol):
    """A frozen face recognition network, its own alignment included."""

    @property
    def licence(self) -> str:
        """Under what terms its weights came."""
        ...

    def __call__(self, image: ImageBatch, points: FivePoints) -> Embeddings: ...


def identity_cosine(
    predicted: ImageBatch,
    predicted_points: FivePoints,
    person: ImageBatch,
    person_points: FivePoints,
    embedder: FaceEmbedder,
) -> PerItem:
    """Cosine between the embeddings of each pair: 1 for the same picture."""
    assert_unit_range(predicted)
    assert_unit_range(person)
    with torch.no_grad():
        known = embedder(person.detach(), person_points.detach())
    return functional.cosine_similarity(embedder(predicted, predicted_points.detach()), known)
