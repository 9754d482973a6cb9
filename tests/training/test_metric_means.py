import pytest
import torch

from liveportrait.training.metric_means import MetricMeans


def test_means_begin_anew_when_taken() -> None:
    means = MetricMeans()
    for value in (1.0, 2.0, 6.0):
        means.add({"loss": torch.tensor(value), "other": torch.tensor(-value)})
    assert means.take() == {"loss": pytest.approx(3.0), "other": pytest.approx(-3.0)}
    means.add({"loss": torch.tensor(5.0, dtype=torch.bfloat16)})
    assert means.take() == {"loss": 5.0}
    assert means.take() == {}


def test_half_an_interval_is_kept() -> None:
    means, resumed = MetricMeans(), MetricMeans()
    means.add({"loss": torch.tensor(1.0)})
    resumed.load_state_dict(means.state_dict())
    resumed.add({"loss": torch.tensor(2.0)})
    assert resumed.take() == {"loss": pytest.approx(1.5)}
