"""A face embedder whose people are plain colours, so that cosines can be told by hand."""

import torch

from liveportrait.judges.face_alignment import FivePoints
from liveportrait.judges.identity import Embeddings
from liveportrait.tensors import ImageBatch

POINTS = torch.tensor([[[-0.3, -0.1], [0.3, -0.1], [0.0, 0.25], [-0.25, 0.6], [0.25, 0.6]]])


class MeanColour:
    """Knows people by their mean colour."""

    licence = "none needed"

    def __call__(self, image: ImageBatch, points: FivePoints) -> Embeddings:
        return image.mean(dim=(2, 3))


def plain(red: float, green: float) -> ImageBatch:
    """One person."""
    return torch.tensor([red, green, 0.0]).view(1, 3, 1, 1).expand(1, 3, 8, 8)
