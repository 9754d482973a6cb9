"""Perceptual distance: how differently two pictures look to a network trained on photographs.

The backbone is a part passed in. `mobilenet_v2.py` has one whose weights come inside a
package; `vgg19.py` is the one of the published recipes, for those who have its weights.
"""

from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from liveportrait.judges.image_range import assert_unit_range
from liveportrait.tensors import FeatureMap, ImageBatch, PerItem

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@runtime_checkable
class FeatureBackbone(Protocol):
    """A frozen network that turns pictures into feature maps, fine to coarse."""

    @property
    def licence(self) -> str:
        """Under what terms its weights came."""
        ...

    def __call__(self, image: ImageBatch) -> list[FeatureMap]: ...


class ImageNetNormalisation(nn.Module):
    """Pictures of 0..1 to the statistics that ImageNet networks were trained with."""

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, image: ImageBatch) -> ImageBatch:
        return (image - self.mean) / self.std


def perceptual_distance(predicted: ImageBatch, target: ImageBatch, backbone: FeatureBackbone) -> PerItem:
    """Mean over stages of L1 / standard deviation of the target's stage, for every pair of the batch.

    The division makes stages of any width and depth count alike, and the number comparable
    between backbones: 0 for equal pictures, 0.5 for a portrait blurred over five pixels of 224,
    0.9 for two people (MobileNetV2). Only `predicted` receives a gradient.
    """
    assert_unit_range(predicted)
    assert_unit_range(target)
    with torch.no_grad():
        expected_stages = backbone(target.detach())
    stages = backbone(predicted)
    distances = []
    for found, expected in zip(stages, expected_stages, strict=True):
        spread = expected.float().std(dim=(1, 2, 3)) + 1e-4
        distances.append((found.float() - expected.float()).abs().mean(dim=(1, 2, 3)) / spread)
    return torch.stack(distances).mean(dim=0)
