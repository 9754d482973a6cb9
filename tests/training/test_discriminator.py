import pytest
import torch
from torch import nn
from torch.testing import assert_close

from liveportrait.tensors import ImageBatch
from liveportrait.training.adversarial_losses import (
    discriminator_loss,
    generator_losses,
    hinge_made,
    hinge_real,
)
from liveportrait.training.discriminator import (
    CascadedDiscriminator,
    DiscriminatorConfig,
    Judgement,
    PatchDiscriminator,
    RegionViews,
)

REGIONS = ("whole", "face", "lips")


class Brightness(nn.Module):
    """Scores a picture by its mean, times a gain of its own."""

    def __init__(self, gain: float) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.tensor(gain))

    def forward(self, image: ImageBatch) -> Judgement:
        mean = image.mean(dim=(1, 2, 3), keepdim=True)
        return Judgement(scores=self.gain * mean, features=[mean])


def small_cascade() -> CascadedDiscriminator:
    torch.manual_seed(0)
    config = DiscriminatorConfig(widths=(4, 8))
    return CascadedDiscriminator({name: PatchDiscriminator(config) for name in REGIONS})


def random_views(seed: int) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {
        name: torch.rand(2, 3, size, size, generator=generator)
        for name, size in zip(REGIONS, (32, 24, 16), strict=True)
    }


def plain_views(whole: float, face: float, lips: float) -> RegionViews:
    return {
        name: torch.full((1, 3, 4, 4), value)
        for name, value in zip(REGIONS, (whole, face, lips), strict=True)
    }


def test_every_discriminator_is_trained_by_one_step() -> None:
    cascade = small_cascade()
    before = {name: parameter.detach().clone() for name, parameter in cascade.named_parameters()}
    optimizer = torch.optim.Adam(cascade.parameters(), lr=1e-3)
    discriminator_loss(cascade, random_views(0), random_views(1)).backward()
    optimizer.step()
    unchanged = [
        name for name, parameter in cascade.named_parameters() if torch.equal(parameter, before[name])
    ]
    # Inside the hinge the last bias gets -1 from real and +1 from made patches: exactly nothing.
    assert unchanged == [f"regions.{name}.score.bias" for name in REGIONS]
    assert {name.split(".")[1] for name in before} == set(REGIONS)


def test_training_learns_to_tell_real_from_made_in_every_region() -> None:
    cascade = small_cascade()
    real, made = plain_views(0.8, 0.7, 0.9), plain_views(0.2, 0.4, 0.3)
    optimizer = torch.optim.Adam(cascade.parameters(), lr=1e-2)
    for _ in range(60):
        optimizer.zero_grad()
        discriminator_loss(cascade, real, made).backward()
        optimizer.step()
    judged_real, judged_made = cascade(real), cascade(made)
    for name in REGIONS:
        assert judged_real[name].scores.mean() > judged_made[name].scores.mean() + 0.5


def test_hinge_by_hand() -> None:
    scores = torch.tensor([-2.0, 0.0, 0.5, 3.0]).view(1, 1, 2, 2)
    assert float(hinge_real(scores)) == pytest.approx((3.0 + 1.0 + 0.5 + 0.0) / 4)
    assert float(hinge_made(scores)) == pytest.approx((0.0 + 1.0 + 1.5 + 4.0) / 4)


def test_regions_are_compared_with_themselves() -> None:
    """By hand; any mix-up of regions, or of real and made, gives another number."""
    cascade = CascadedDiscriminator(
        {"whole": Brightness(1.0), "face": Brightness(2.0), "lips": Brightness(-1.0)}
    )
    real, made = plain_views(0.1, 0.2, 0.3), plain_views(0.6, 0.5, 0.4)
    expected = ((1 - 0.1) + (1 + 0.6) + (1 - 0.4) + (1 + 1.0) + (1 + 0.3) + (1 - 0.4)) / 3
    assert float(discriminator_loss(cascade, real, made).detach()) == pytest.approx(expected)
    wanted = generator_losses(cascade, real, made)
    assert float(wanted.adversarial) == pytest.approx(-(0.6 + 1.0 - 0.4) / 3)
    assert float(wanted.feature_matching) == pytest.approx((0.5 + 0.3 + 0.1) / 3)


def test_each_step_trains_its_own_side_only() -> None:
    cascade = small_cascade()
    real = random_views(0)
    made = {name: view.requires_grad_() for name, view in random_views(1).items()}
    losses = generator_losses(cascade, real, made)
    (losses.adversarial + losses.feature_matching).backward()
    assert all(parameter.grad is None for parameter in cascade.parameters())
    assert all(view.grad is not None and view.grad.abs().sum() > 0 for view in made.values())
    for view in made.values():
        view.grad = None
    discriminator_loss(cascade, real, made).backward()
    assert all(parameter.grad is not None for parameter in cascade.parameters())
    assert all(view.grad is None for view in made.values())


def test_matching_itself_costs_nothing() -> None:
    views = random_views(0)
    cascade = small_cascade().eval()
    assert_close(generator_losses(cascade, views, views).feature_matching, torch.tensor(0.0))


def test_a_region_that_nobody_judges_is_refused() -> None:
    views = random_views(0)
    del views["lips"]
    with pytest.raises(AssertionError, match="lips"):
        small_cascade()(views)


def test_pictures_of_minus_one_to_one_are_refused() -> None:
    views = {name: view * 2 - 1 for name, view in random_views(0).items()}
    with pytest.raises(AssertionError, match="expected 0..1"):
        discriminator_loss(small_cascade(), views, random_views(1))
