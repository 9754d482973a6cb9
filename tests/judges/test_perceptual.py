import pytest
import torch
from torch.testing import assert_close

from liveportrait.judges.perceptual import perceptual_distance
from liveportrait.tensors import FeatureMap, ImageBatch


class Pixels:
    """A backbone whose only stage is the picture itself."""

    licence = "none needed"

    def __call__(self, image: ImageBatch) -> list[FeatureMap]:
        return [image]


def halves(low: float, high: float) -> ImageBatch:
    image = torch.full((1, 3, 8, 8), low)
    image[..., 4:] = high
    return image


def test_equal_pictures_are_at_distance_zero() -> None:
    image = torch.rand(2, 3, 8, 8)
    assert_close(perceptual_distance(image, image, Pixels()), torch.zeros(2))


def test_distance_is_l1_over_the_spread_of_the_target() -> None:
    target = halves(0.2, 0.6)
    found = perceptual_distance(target + 0.1, target, Pixels())
    spread = 0.2 * (192 / 191) ** 0.5
    assert_close(found, torch.tensor([0.1 / (spread + 1e-4)]))


def test_every_pair_is_judged_alone() -> None:
    generator = torch.Generator().manual_seed(0)
    predicted, target = torch.rand(2, 3, 3, 8, 8, generator=generator)
    together = perceptual_distance(predicted, target, Pixels())
    assert_close(together[1:2], perceptual_distance(predicted[1:2], target[1:2], Pixels()))


def test_only_the_predicted_picture_gets_a_gradient() -> None:
    predicted, target = (torch.rand(1, 3, 8, 8, requires_grad=True) for _ in range(2))
    perceptual_distance(predicted, target, Pixels()).sum().backward()
    assert predicted.grad is not None and predicted.grad.abs().sum() > 0
    assert target.grad is None


@pytest.mark.parametrize("wrong", [255.0, -0.5, float("nan")])
def test_pictures_out_of_range_are_refused(wrong: float) -> None:
    image = torch.rand(1, 3, 8, 8)
    bad = image.clone()
    bad[0, 0, 0, 0] = wrong
    with pytest.raises(AssertionError, match="expected 0..1"):
        perceptual_distance(bad, image, Pixels())
    with pytest.raises(AssertionError, match="expected 0..1"):
        perceptual_distance(image, bad, Pixels())
