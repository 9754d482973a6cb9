"""Identity: the result must be recognised as the person it shows."""

from typing import Protocol, TypeAlias, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from liveportrait.tensors import ImageBatch, Loss, PerItem
from liveportrait.training.face_alignment import FivePoints
from liveportrait.training.image_range import assert_unit_range

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


def identity_loss(
    predicted: ImageBatch,
    predicted_points: FivePoints,
    person: ImageBatch,
    person_points: FivePoints,
    embedder: FaceEmbedder,
) -> Loss:
    """Mean of 1 - cosine; only `predicted` receives a gradient.

    The points of the prediction are those of the driving frame: that is where its face
    should be, and an embedder must not be fooled by moving them.
    """
    return (1 - identity_cosine(predicted, predicted_points, person, person_points, embedder)).mean()


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
