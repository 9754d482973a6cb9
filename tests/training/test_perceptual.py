import torch
from torch.testing import assert_close

from liveportrait.judges.perceptual import perceptual_distance
from liveportrait.tensors import FeatureMap, ImageBatch
from liveportrait.training.perceptual import perceptual_loss


class Pixels:
    """A backbone whose only stage is the picture itself."""

    licence = "none needed"

    def __init__(self) -> None:
        self.widths: list[int] = []

    def __call__(self, image: ImageBatch) -> list[FeatureMap]:
        self.widths.append(image.shape[-1])
        return [image]


def test_at_full_size_it_is_the_mean_distance() -> None:
    predicted, target = torch.rand(2, 3, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    found = perceptual_loss(predicted, target, Pixels())
    assert_close(found, perceptual_distance(predicted, target, Pixels()).mean())


def test_the_pyramid_sums_its_scales() -> None:
    backbone = Pixels()
    target = torch.full((1, 3, 8, 8), 0.2)
    target[..., 4:] = 0.6
    both = perceptual_loss(target + 0.1, target, backbone, scales=(1.0, 0.5))
    parts = [perceptual_loss(target + 0.1, target, backbone, scales=(scale,)) for scale in (1.0, 0.5)]
    assert_close(both, parts[0] + parts[1])
    assert sorted(set(backbone.widths)) == [4, 8]
