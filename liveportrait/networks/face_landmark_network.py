"""Google's face landmark network: a face crop to 478 points."""

from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor, nn

from liveportrait.networks.landmark_trunk import FaceLandmarkTrunk
from liveportrait.tensors import ImageBatch

INPUT_SIZE_PX = 256
NUM_POINTS = 478


class FaceLandmarkPrediction(NamedTuple):
    """What the network says of a crop."""

    points: Float[Tensor, "b 478 3"]
    """x and y in pixels of the 256 crop; z in the same unit, relative to the head, smaller is nearer."""
    presence_logit: Float[Tensor, "b"]
    """Sigmoid of it: how likely the crop holds a face."""


class FaceLandmarkNetwork(nn.Module):
    """The trunk and two linear heads over its last 2x2 features."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = FaceLandmarkTrunk()
        self.presence = nn.Conv2d(self.trunk.out_channels, 1, 2)
        self.points = nn.Conv2d(self.trunk.out_channels, NUM_POINTS * 3, 2)

    def forward(self, image: ImageBatch) -> FaceLandmarkPrediction:
        """`image`: (B, 3, 256, 256)."""
        features = self.trunk(image)
        points = self.points(features).flatten(1).unflatten(1, (NUM_POINTS, 3))
        return FaceLandmarkPrediction(points, self.presence(features).flatten())
