import pytest
import torch
from torch import nn
from torch.testing import assert_close

from liveportrait.errors import WeightsError
from liveportrait.training.ema import Ema


def scalar(value: float) -> nn.Linear:
    layer = nn.Linear(1, 1, bias=False)
    nn.init.constant_(layer.weight, value)
    return layer


def test_warm_up_then_decay_by_hand() -> None:
    network = scalar(0.0)
    ema = Ema(network, decay=0.15)
    nn.init.constant_(network.weight, 1.0)
    ema.update(network)
    assert_close(ema.network.weight.item(), 1 - 1 / 10)
    ema.update(network)
    assert_close(ema.network.weight.item(), 1 - 1 / 10 * 0.15, rtol=1e-6, atol=0)


def test_the_average_is_apart_frozen_and_in_evaluation() -> None:
    network = scalar(1.0).train()
    ema = Ema(network)
    nn.init.constant_(network.weight, 2.0)
    assert ema.network.weight.item() == 1.0
    assert not ema.network.training
    assert not any(parameter.requires_grad for parameter in ema.network.parameters())


def test_buffers_are_taken_over() -> None:
    network = nn.BatchNorm1d(2)
    ema = Ema(network)
    network(torch.randn(8, 2))
    ema.update(network)
    assert network.running_mean is not None and ema.network.running_mean is not None
    assert torch.equal(ema.network.running_mean, network.running_mean)
    assert int(ema.network.num_batches_tracked or 0) == 1


def test_state_goes_on_exactly() -> None:
    network = scalar(0.0)
    whole, first = Ema(network), Ema(network)
    for value in (1.0, 2.0):
        nn.init.constant_(network.weight, value)
        whole.update(network)
        first.update(network)
    second = Ema(scalar(9.0))
    second.load_state_dict(first.state_dict())
    nn.init.constant_(network.weight, -5.0)
    whole.update(network)
    second.update(network)
    assert torch.equal(whole.network.weight, second.network.weight)


def test_a_foreign_state_is_refused() -> None:
    with pytest.raises(WeightsError, match="num_updates"):
        Ema(scalar(0.0)).load_state_dict({"weight": {}})
