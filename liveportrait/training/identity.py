"""Identity loss: the result must be recognised as the person it shows."""

from liveportrait.judges.face_alignment import FivePoints
from liveportrait.judges.identity import FaceEmbedder, identity_cosine
from liveportrait.tensors import ImageBatch, Loss


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
