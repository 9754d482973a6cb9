"""Convolutions that absorb their neighbours, exactly."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from liveportrait.networks.blocks import ConvBlock2d, ConvBlock3d, UpBlock3d

_Module = TypeVar("_Module", bound=nn.Module)


def each(modules: Iterable[nn.Module], kind: type[_Module]) -> list[_Module]:
    """The modules of a list, which are all of one kind."""
    found = [module for module in modules if isinstance(module, kind)]
    assert len(found) == len(list(modules))
    return found


def conv2d(weight: Tensor, bias: Tensor | None) -> nn.Conv2d:
    """A convolution of these weights that keeps the size."""
    outputs, inputs, height, width = weight.shape
    padding = (height // 2, width // 2)
    layer = nn.Conv2d(inputs, outputs, (height, width), padding=padding, bias=bias is not None, device="meta")
    return filled(layer, weight, bias)


def conv3d(weight: Tensor, bias: Tensor | None) -> nn.Conv3d:
    """A convolution of these weights that keeps the size of the volume."""
    outputs, inputs, *kernel = weight.shape
    depth, height, width = kernel
    padding = (depth // 2, height // 2, width // 2)
    layer = nn.Conv3d(
        inputs, outputs, (depth, height, width), padding=padding, bias=bias is not None, device="meta"
    )
    return filled(layer, weight, bias)


def filled(layer: _Module, weight: Tensor, bias: Tensor | None) -> _Module:
    """A layer that was made without memory, with these weights."""
    for name, value in (("weight", weight), ("bias", bias)):
        if value is not None:
            assert value.shape == getattr(layer, name).shape
            # Contiguous: OpenVINO reads the memory of half-precision weights and not their strides.
            copied = value.detach().clone(memory_format=torch.contiguous_format)
            setattr(layer, name, nn.Parameter(copied, requires_grad=False))
    return layer.eval()


def bias_of(conv: nn.Conv2d | nn.Conv3d) -> Tensor:
    """The bias of a convolution that has one."""
    assert conv.bias is not None
    return conv.bias


def with_norm(conv: nn.Conv2d | nn.Conv3d, norm: nn.BatchNorm2d | nn.BatchNorm3d) -> tuple[Tensor, Tensor]:
    """Weight and bias of a convolution and the norm behind it, whose statistics are fixed."""
    assert norm.running_mean is not None and norm.running_var is not None
    gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    weight = conv.weight * gain.view(-1, *(1,) * (conv.weight.dim() - 1))
    return weight, (bias_of(conv) - norm.running_mean) * gain + norm.bias


def block2d(block: ConvBlock2d) -> nn.Conv2d:
    """Convolution and norm of a block as one; its ReLU is left to the caller."""
    return conv2d(*with_norm(block.conv, block.norm))


def block3d(block: ConvBlock3d) -> nn.Conv3d:
    """Convolution and norm of a block as one; its ReLU is left to the caller."""
    return conv3d(*with_norm(block.conv, block.norm))


def side_by_side(convs: Sequence[nn.Conv2d]) -> nn.Conv2d:
    """Convolutions of one input as one, their outputs behind each other."""
    return conv2d(torch.cat([conv.weight for conv in convs]), torch.cat([bias_of(conv) for conv in convs]))


def upsampled_conv2d(conv: nn.Conv2d, factor: int) -> nn.ConvTranspose2d:
    """A 3x3 convolution behind an enlargement by repetition (2 or 4 times), on the small input."""
    weight = conv.weight.transpose(0, 1)
    for axis in (-2, -1):
        weight = _spread_taps(weight, axis, factor)
    layer = nn.ConvTranspose2d(
        conv.in_channels, conv.out_channels, weight.shape[-1], stride=factor, padding=1, device="meta"
    )
    return filled(layer, weight, bias_of(conv))


def upsampled_block3d(block: UpBlock3d) -> nn.ConvTranspose3d:
    """Enlargement of height and width, convolution and norm of a block, on the small input."""
    weight, bias = with_norm(block.block.conv, block.block.norm)
    weight = weight.transpose(0, 1).flip(-3)
    for axis in (-2, -1):
        weight = _spread_taps(weight, axis, 2)
    layer = nn.ConvTranspose3d(
        weight.shape[0], weight.shape[1], (weight.shape[2], 4, 4), stride=(1, 2, 2), padding=1, device="meta"
    )
    return filled(layer, weight, bias)


def _spread_taps(weight: Tensor, axis: int, factor: int) -> Tensor:
    """The transposed kernel of `factor + 2` taps along one axis.

    Small cell i reaches the large cells factor * i - 1 ... factor * (i + 1): in each it is met by those
    of the three taps that look at one of its copies.
    """
    taps = F.pad(weight.movedim(axis, -1), (factor - 1, factor - 1))
    windows = [taps[..., start : start + factor].sum(-1) for start in range(factor + 2)]
    return torch.stack(windows, -1).flip(-1).movedim(-1, axis)
