"""`ops.modulation.modulate` in two passes: statistics, then everything else at once.

Both passes walk tiles of channels by positions, in whichever order the memory has them.
"""

from dataclasses import dataclass

import torch
import triton
import triton.language as tl
from torch import Tensor

EPSILON = 1e-5

LEAST_POSITIONS = 1024
"""A split of the statistics has no fewer: more would be merged than is gained."""

MOST_SPLITS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """What a program holds at once."""

    channels: int
    positions: int


CHANNELS_FIRST = Tile(channels=1, positions=1024)
CHANNELS_LAST = Tile(channels=64, positions=16)


@triton.jit
def merge_moments(count, mean, squares, other_count, other_mean, other_squares):
    """Count, mean and sum of squared deviations of two samples together (Chan et al. 1983)."""
    both = count + other_count
    share = other_count / tl.maximum(both, 1.0)
    apart = other_mean - mean
    return both, mean + apart * share, squares + other_squares + apart * apart * count * share


@triton.jit
def moments_kernel(
    features,
    moments,
    num_channels,
    num_positions,
    positions_a_split,
    channel_stride,
    position_stride,
    CHANNELS: tl.constexpr,
    POSITIONS: tl.constexpr,
):
    item, split, num_splits = tl.program_id(2).to(tl.int64), tl.program_id(1), tl.num_programs(1)
    channel = tl.program_id(0) * CHANNELS + tl.arange(0, CHANNELS)
    is_channel = channel < num_channels
    features += item * num_channels * num_positions
    end = tl.minimum((split + 1) * positions_a_split, num_positions)
    count = 0.0
    mean = tl.zeros((CHANNELS,), tl.float32)
    squares = tl.zeros((CHANNELS,), tl.float32)
    for start in range(split * positions_a_split, end, POSITIONS):
        position = start + tl.arange(0, POSITIONS)
        is_here = is_channel[:, None] & (position < end)[None, :]
        tile = tl.load(
            features + channel[:, None] * channel_stride + position[None, :] * position_stride,
            mask=is_here,
            other=0.0,
        ).to(tl.float32)
        tile_count = tl.minimum(end - start, POSITIONS).to(tl.float32)
        tile_mean = tl.sum(tile, 1) / tile_count
        apart = tl.where(is_here, tile - tile_mean[:, None], 0.0)
        tile_squares = tl.sum(apart * apart, 1)
        count, mean, squares = merge_moments(count, mean, squares, tile_count, tile_mean, tile_squares)
    place = moments + ((item * num_splits + split) * num_channels + channel) * 3
    tl.store(place, tl.zeros((CHANNELS,), tl.float32) + count, mask=is_channel)
    tl.store(place + 1, mean, mask=is_channel)
    tl.store(place + 2, squares, mask=is_channel)


@triton.jit
def apply_kernel(
    features,
    moments,
    gain,
    shift,
    result,
    num_splits,
    num_channels,
    height,
    width,
    channel_stride,
    position_stride,
    small_channel_stride,
    small_position_stride,
    slope,
    epsilon,
    ENLARGED: tl.constexpr,
    CHANNELS: tl.constexpr,
    POSITIONS: tl.constexpr,
):
    item = tl.program_id(2).to(tl.int64)
    channel = tl.program_id(1) * CHANNELS + tl.arange(0, CHANNELS)
    position = tl.program_id(0) * POSITIONS + tl.arange(0, POSITIONS)
    is_channel = channel < num_channels

    count = 0.0
    mean = tl.zeros((CHANNELS,), tl.float32)
    squares = tl.zeros((CHANNELS,), tl.float32)
    for split in range(num_splits):
        place = moments + ((item * num_splits + split) * num_channels + channel) * 3
        # The count is that of the split, whatever the channel.
        split_count = tl.load(moments + (item * num_splits + split) * num_channels * 3)
        split_mean = tl.load(place + 1, mask=is_channel, other=0.0)
        split_squares = tl.load(place + 2, mask=is_channel, other=0.0)
        count, mean, squares = merge_moments(count, mean, squares, split_count, split_mean, split_squares)
    scale = tl.rsqrt(squares / count + epsilon)

    num_positions = height * width
    is_here = is_channel[:, None] & (position < num_positions)[None, :]
    small_width = width // ENLARGED
    small = (position // width // ENLARGED) * small_width + position % width // ENLARGED
    features += item * num_channels * (num_positions // (ENLARGED * ENLARGED))
    value = tl.load(
        features + channel[:, None] * small_channel_stride + small[None, :] * small_position_stride,
        mask=is_here,
        other=0.0,
    ).to(tl.float32)
    offset = item * num_channels * num_positions
    offset += channel[:, None] * channel_stride + position[None, :] * position_stride
    gains = tl.load(gain + offset, mask=is_here, other=0.0).to(tl.float32)
    shifts = tl.load(shift + offset, mask=is_here, other=0.0).to(tl.float32)
    value = (value - mean[:, None]) * scale[:, None] * gains + shifts
    value = tl.where(value >= 0, value, value * slope)
    tl.store(result + offset, value.to(result.dtype.element_ty), mask=is_here)


def modulate(features: Tensor, gain: Tensor, shift: Tensor, slope: float) -> Tensor:
    """Reads every value twice and writes it once; tensors in `channels_last` stay so."""
    batch, channels, height, width = gain.shape
    num_small = features.shape[-2] * features.shape[-1]
    is_last = gain.is_contiguous(memory_format=torch.channels_last) and not gain.is_contiguous()
    order = torch.channels_last if is_last else torch.contiguous_format
    features, gain, shift = (tensor.contiguous(memory_format=order) for tensor in (features, gain, shift))
    tile = CHANNELS_LAST if is_last else CHANNELS_FIRST
    splits = max(1, min(MOST_SPLITS, num_small // LEAST_POSITIONS))
    split_size = triton.cdiv(num_small, splits)
    splits = triton.cdiv(num_small, split_size)
    moments = torch.empty((batch, splits, channels, 3), device=gain.device, dtype=torch.float32)
    result = torch.empty_like(gain)
    channel_blocks = triton.cdiv(channels, tile.channels)
    small_strides = (1, channels) if is_last else (num_small, 1)
    with torch.cuda.device_of(gain):
        moments_kernel[(channel_blocks, splits, batch)](
            features,
            moments,
            channels,
            num_small,
            split_size,
            *small_strides,
            CHANNELS=tile.channels,
            POSITIONS=tile.positions,
        )
        apply_kernel[(triton.cdiv(height * width, tile.positions), channel_blocks, batch)](
            features,
            moments,
            gain,
            shift,
            result,
            splits,
            channels,
            height,
            width,
            *((1, channels) if is_last else (height * width, 1)),
            *small_strides,
            slope,
            EPSILON,
            ENLARGED=width // features.shape[-1],
            CHANNELS=tile.channels,
            POSITIONS=tile.positions,
        )
    return result
