"""Hinge losses and feature matching over a cascade of discriminators.

Everything is compared region by region: the lips of the result with the lips of the real
picture, never with the score of another region.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from liveportrait.judges.image_range import assert_unit_range
from liveportrait.tensors import Loss
from liveportrait.training.discriminator import CascadedDiscriminator, Judgement, RegionViews


class GeneratorLosses(NamedTuple):
    """What the generator wants of the cascade."""

    adversarial: Loss
    """Mean over regions of -score."""
    feature_matching: Loss
    """Mean over regions and layers of the L1 between features of made and real."""


def discriminator_loss(cascade: CascadedDiscriminator, real: RegionViews, made: RegionViews) -> Loss:
    """Hinge loss, mean over regions: real patches above 1, made ones below -1.

    The result's own gradient is cut off: this step trains discriminators only.
    """
    _assert_ranges(real, made)
    judged_real = cascade(real)
    judged_made = cascade({name: view.detach() for name, view in made.items()})
    losses = [
        hinge_real(judged_real[name].scores) + hinge_made(judged_made[name].scores) for name in judged_real
    ]
    return torch.stack(losses).mean()


def generator_losses(cascade: CascadedDiscriminator, real: RegionViews, made: RegionViews) -> GeneratorLosses:
    """What the generator should lower; no gradient reaches the discriminators' weights."""
    _assert_ranges(real, made)
    with torch.no_grad():
        judged_real = cascade(real)
    with _frozen(cascade):
        judged_made = cascade(made)
    scores = [-judged.scores.float().mean() for judged in judged_made.values()]
    matches = [_feature_distance(judged_real[name], judged) for name, judged in judged_made.items()]
    return GeneratorLosses(
        adversarial=torch.stack(scores).mean(), feature_matching=torch.stack(matches).mean()
    )


def hinge_real(scores: Float[Tensor, "b 1 h w"]) -> Loss:
    """How far real patches fall short of 1."""
    return (1 - scores.float()).clamp_min(0).mean()


def hinge_made(scores: Float[Tensor, "b 1 h w"]) -> Loss:
    """How far made patches lie above -1."""
    return (1 + scores.float()).clamp_min(0).mean()


def _feature_distance(real: Judgement, made: Judgement) -> Loss:
    distances = [
        (found.float() - wanted.float()).abs().mean()
        for found, wanted in zip(made.features, real.features, strict=True)
    ]
    return torch.stack(distances).mean()


@contextmanager
def _frozen(module: nn.Module) -> Iterator[None]:
    """Weights pass gradients through and receive none."""
    trainable = [parameter for parameter in module.parameters() if parameter.requires_grad]
    for parameter in trainable:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in trainable:
            parameter.requires_grad_(True)


def _assert_ranges(real: RegionViews, made: RegionViews) -> None:
    for view in (*real.values(), *made.values()):
        assert_unit_range(view)
