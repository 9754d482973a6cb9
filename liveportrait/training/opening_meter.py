"""How far eyes and lips of a rendered face are open, with gradients to its pixels.

The teacher of the retargeting networks: the face landmark network, run on a fixed box, and
the same ratios that drive the networks later (`face.ratios`).
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from liveportrait.motion.openings import Openings
from liveportrait.networks.face_landmark_network import INPUT_SIZE_PX, FaceLandmarkPrediction
from liveportrait.tensors import ImageBatch
from liveportrait.training.regions import Boxes, cut_regions

LandmarkNetwork: TypeAlias = Callable[[Tensor], FaceLandmarkPrediction]

BOX_SCALE = 1.5
"""Side of what the network looks at over the size of the face, as it was trained."""

MeshPoints: TypeAlias = Float[Tensor, "b 478 2"]


class MeshOpening(NamedTuple):
    """Four points of the 478-point mesh; the opening is height over width."""

    upper: int
    lower: int
    first_corner: int
    second_corner: int


LEFT_EYE = MeshOpening(159, 145, 33, 133)
RIGHT_EYE = MeshOpening(386, 374, 362, 263)
LIPS = MeshOpening(13, 14, 61, 291)


class MeshOpeningMeter:
    """Reads openings off pictures of faces that stand nearly upright."""

    def __init__(self, network: LandmarkNetwork) -> None:
        self._network = network

    def __call__(self, image: ImageBatch, face_boxes: Boxes) -> Openings:
        """Boxes are squares around the faces, `BOX_SCALE` times as wide; fp32, whatever surrounds it."""
        return mesh_openings(self.points(image, face_boxes))

    def points(self, image: ImageBatch, face_boxes: Boxes) -> MeshPoints:
        """The mesh in units of the box, which is 2 wide; fp32, whatever surrounds it."""
        with torch.autocast(image.device.type, enabled=False):
            faces = cut_regions(image.float(), face_boxes, size_px=INPUT_SIZE_PX)
            return self._network(faces).points[..., :2] * (2 / INPUT_SIZE_PX) - 1


def mesh_openings(points: MeshPoints) -> Openings:
    """Height over width of eyes and lips, in any unit of length."""
    eyes = torch.cat([_ratio(points, LEFT_EYE), _ratio(points, RIGHT_EYE)], dim=1)
    return Openings(eyes=eyes, lips=_ratio(points, LIPS))


def _ratio(points: MeshPoints, opening: MeshOpening) -> Float[Tensor, "b 1"]:
    height = _distance(points[:, opening.upper], points[:, opening.lower])
    width = _distance(points[:, opening.first_corner], points[:, opening.second_corner])
    return (height / width)[:, None]


def _distance(first: Float[Tensor, "b 2"], second: Float[Tensor, "b 2"]) -> Float[Tensor, " b"]:
    """Euclidean; the small term keeps the slope finite where points meet."""
    return ((first - second).square().sum(dim=1) + 1e-12).sqrt()
