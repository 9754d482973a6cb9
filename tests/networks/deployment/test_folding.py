"""A folded convolution equals the operations that it stands for."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.testing import assert_close

from liveportrait.networks.blocks import ConvBlock2d, ConvBlock3d, UpBlock3d
from liveportrait.networks.deployment.folding import (
    block2d,
    block3d,
    side_by_side,
    upsampled_block3d,
    upsampled_conv2d,
)
from liveportrait.networks.deployment.wide_kernel import ConvByDepth, ConvByRows
from tests.random_networks import randomise


@pytest.fixture(autouse=True)
def _doubles() -> None:
    torch.manual_seed(0)


def ready(module: nn.Module) -> nn.Module:
    module.double().eval().requires_grad_(requires_grad=False)
    for part in module.modules():
        randomise(part)
    return module


@pytest.mark.parametrize("factor", [2, 4])
def test_a_convolution_behind_an_enlargement(factor: int) -> None:
    conv = nn.Conv2d(3, 5, 3, padding=1).double()
    image = torch.randn(2, 3, 5, 6).double()
    expected = conv(F.interpolate(image, scale_factor=float(factor), mode="nearest"))
    assert_close(upsampled_conv2d(conv, factor)(image), expected, rtol=0, atol=1e-12)


def test_an_up_block_of_a_volume() -> None:
    block = UpBlock3d(3, 4)
    ready(block)
    volume = torch.randn(2, 3, 4, 5, 6).double()
    assert_close(F.relu(upsampled_block3d(block)(volume)), block(volume), rtol=0, atol=1e-12)


def test_a_block_and_its_norm() -> None:
    flat, deep = ConvBlock2d(3, 4), ConvBlock3d(3, 4)
    ready(flat)
    ready(deep)
    image, volume = torch.randn(2, 3, 6, 5).double(), torch.randn(2, 3, 4, 6, 5).double()
    assert_close(F.relu(block2d(flat)(image)), flat(image), rtol=0, atol=1e-12)
    assert_close(F.relu(block3d(deep)(volume)), deep(volume), rtol=0, atol=1e-12)


def test_convolutions_side_by_side() -> None:
    first, second = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(3, 2, 3, padding=1)
    image = torch.randn(2, 3, 6, 5)
    assert_close(side_by_side([first, second])(image), torch.cat((first(image), second(image)), 1))


def test_a_wide_kernel_by_rows() -> None:
    conv = nn.Conv2d(6, 1, 7, padding=3).double()
    image = torch.randn(2, 6, 9, 5).double()
    assert_close(ConvByRows(conv)(image), conv(image), rtol=0, atol=1e-12)


@pytest.mark.parametrize("kernel", [3, 7])
@pytest.mark.parametrize("depth", [2, 5])
def test_a_deep_kernel_by_slices(kernel: int, depth: int) -> None:
    conv = nn.Conv3d(3, 4, kernel, padding=kernel // 2).double()
    volume = torch.randn(2, 3, depth, 6, 9).double()
    assert_close(ConvByDepth(conv)(volume), conv(volume), rtol=0, atol=1e-12)
