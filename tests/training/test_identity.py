import torch
from torch.testing import assert_close

from liveportrait.training.identity import identity_loss
from tests.people_by_colour import POINTS, MeanColour, plain


def test_loss_is_one_minus_the_cosine() -> None:
    same = identity_loss(plain(0.5, 0.0), POINTS, plain(0.9, 0.0), POINTS, MeanColour())
    other = identity_loss(plain(0.5, 0.0), POINTS, plain(0.0, 0.7), POINTS, MeanColour())
    between = identity_loss(plain(0.3, 0.4), POINTS, plain(0.5, 0.0), POINTS, MeanColour())
    assert_close(torch.stack([same, other, between]), torch.tensor([0.0, 1.0, 0.4]), atol=1e-6, rtol=0)


def test_only_the_prediction_gets_a_gradient() -> None:
    predicted, person = (torch.rand(1, 3, 8, 8, requires_grad=True) for _ in range(2))
    identity_loss(predicted, POINTS, person, POINTS, MeanColour()).backward()
    assert predicted.grad is not None
    assert person.grad is None
