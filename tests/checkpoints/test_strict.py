"""Nothing is missing, superfluous or of another shape."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from liveportrait.checkpoints.strict import empty_networks, fill
from liveportrait.errors import WeightsError
from liveportrait.networks.presets import TINY, PortraitNetworks

PATH = Path("some/file.pth")
PARTS = ("motion_extractor",)


@pytest.fixture
def tensors() -> dict[str, Tensor]:
    torch.manual_seed(0)
    state = PortraitNetworks(TINY).state_dict()
    return {name: torch.randn(value.shape) for name, value in state.items() if name.startswith(PARTS)}


def test_values_arrive_and_other_networks_stay_empty(tensors: dict[str, Tensor]) -> None:
    networks = empty_networks(TINY)
    fill(networks, tensors, parts=PARTS, path=PATH)
    for name, value in networks.state_dict().items():
        if name in tensors:
            assert torch.equal(value, tensors[name])
            assert value.data_ptr() != tensors[name].data_ptr()
        elif value.is_floating_point():
            assert value.is_meta


def test_half_precision_is_widened(tensors: dict[str, Tensor]) -> None:
    networks = empty_networks(TINY)
    fill(networks, {name: value.half() for name, value in tensors.items()}, parts=PARTS, path=PATH)
    assert {value.dtype for value in networks.motion_extractor.state_dict().values()} == {torch.float32}


def test_missing_unexpected_and_misshapen_names_are_all_told(tensors: dict[str, Tensor]) -> None:
    del tensors["motion_extractor.scale.bias"]
    tensors["motion_extractor.surprise"] = torch.ones(1)
    tensors["motion_extractor.yaw.bias"] = torch.ones(67)
    with pytest.raises(WeightsError) as caught:
        fill(empty_networks(TINY), tensors, parts=PARTS, path=PATH)
    message = str(caught.value)
    assert "some/file.pth" in message
    assert "missing: motion_extractor.scale.bias;" in message
    assert "unexpected: motion_extractor.surprise;" in message
    assert "motion_extractor.yaw.bias (expected (66,), found (67,))" in message


def test_long_lists_are_cut() -> None:
    with pytest.raises(WeightsError, match=r"and \d+ more"):
        fill(empty_networks(TINY), {}, parts=PARTS, path=PATH)


def test_a_huge_shape_over_little_memory_is_refused_before_it_is_copied(tensors: dict[str, Tensor]) -> None:
    tensors["motion_extractor.yaw.bias"] = torch.ones(1).expand(10**12)
    with pytest.raises(WeightsError, match="found \\(1000000000000,\\)"):
        fill(empty_networks(TINY), tensors, parts=PARTS, path=PATH)
