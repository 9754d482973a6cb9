"""`ops.mask_warp.warp_by_masks` in one pass: softmax, deformation and trilinear samples, channels last."""

import torch
import triton
import triton.language as tl
from torch import Tensor

BLOCK = 64
"""Cells a program; a cell's channels stand in one row of its registers."""


@triton.jit
def warp_kernel(
    volume,
    logits,
    shifts,
    moved,
    deformation,
    depth,
    height,
    width,
    NUM_SHIFTS: tl.constexpr,
    NUM_CHANNELS: tl.constexpr,
    CHANNELS: tl.constexpr,
    BLOCK: tl.constexpr,
):
    num_cells = depth * height * width
    item = tl.program_id(1).to(tl.int64)
    cell = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    is_cell = cell < num_cells

    # A softmax in one pass: what was summed up shrinks whenever a larger logit comes.
    logits += item * (NUM_SHIFTS + 1) * num_cells
    shifts += item * NUM_SHIFTS * 3
    largest = tl.load(logits + cell, mask=is_cell, other=0.0).to(tl.float32)
    total = tl.full((BLOCK,), 1.0, tl.float32)
    shift_x = tl.zeros((BLOCK,), tl.float32)
    shift_y = tl.zeros((BLOCK,), tl.float32)
    shift_z = tl.zeros((BLOCK,), tl.float32)
    for index in range(NUM_SHIFTS):
        logit = tl.load(logits + (index + 1) * num_cells + cell, mask=is_cell, other=0.0).to(tl.float32)
        larger = tl.maximum(largest, logit)
        keep = tl.exp(largest - larger)
        weight = tl.exp(logit - larger)
        total = total * keep + weight
        shift_x = shift_x * keep + weight * tl.load(shifts + index * 3)
        shift_y = shift_y * keep + weight * tl.load(shifts + index * 3 + 1)
        shift_z = shift_z * keep + weight * tl.load(shifts + index * 3 + 2)
        largest = larger

    # The identity grid ends at -1 and 1 in the centres of the outer cells.
    x = (cell % width).to(tl.float32) / (width - 1) * 2 - 1 + shift_x / total
    y = (cell // width % height).to(tl.float32) / (height - 1) * 2 - 1 + shift_y / total
    z = (cell // (width * height)).to(tl.float32) / (depth - 1) * 2 - 1 + shift_z / total
    place = deformation + (item * num_cells + cell) * 3
    tl.store(place, x, mask=is_cell)
    tl.store(place + 1, y, mask=is_cell)
    tl.store(place + 2, z, mask=is_cell)

    # Samples count from the outer faces of the cells; a cell beyond them counts as zero.
    x = tl.minimum(tl.maximum(((x + 1) * width - 1) / 2, -1.0), width * 1.0)
    y = tl.minimum(tl.maximum(((y + 1) * height - 1) / 2, -1.0), height * 1.0)
    z = tl.minimum(tl.maximum(((z + 1) * depth - 1) / 2, -1.0), depth * 1.0)
    left, top, front = tl.floor(x), tl.floor(y), tl.floor(z)
    channel = tl.arange(0, CHANNELS)
    is_channel = channel < NUM_CHANNELS
    volume += item * num_cells * NUM_CHANNELS
    sample = tl.zeros((BLOCK, CHANNELS), tl.float32)
    for corner in tl.static_range(8):
        at_x = left + corner % 2
        at_y = top + corner // 2 % 2
        at_z = front + corner // 4
        weight = (1 - tl.abs(x - at_x)) * (1 - tl.abs(y - at_y)) * (1 - tl.abs(z - at_z))
        is_inside = is_cell & (at_x >= 0) & (at_x < width) & (at_y >= 0) & (at_y < height)
        is_inside = is_inside & (at_z >= 0) & (at_z < depth)
        row = (at_z.to(tl.int32) * height + at_y.to(tl.int32)) * width + at_x.to(tl.int32)
        corners = tl.load(
            volume + row[:, None] * NUM_CHANNELS + channel[None, :],
            mask=is_inside[:, None] & is_channel[None, :],
            other=0.0,
        )
        sample += corners.to(tl.float32) * weight[:, None]

    moved += item * NUM_CHANNELS * num_cells
    tl.store(
        moved + channel[None, :] * num_cells + cell[:, None],
        sample.to(moved.dtype.element_ty),
        mask=is_cell[:, None] & is_channel[None, :],
    )


def warp_by_masks(volume: Tensor, mask_logits: Tensor, shifts: Tensor) -> tuple[Tensor, Tensor]:
    """The moved volume and its deformation; a volume in `channels_last_3d` is read as it lies."""
    batch, channels, depth, height, width = volume.shape
    lying = volume.permute(0, 2, 3, 4, 1).contiguous()
    moved = torch.empty_like(volume, memory_format=torch.contiguous_format)
    deformation = torch.empty((batch, depth, height, width, 3), device=volume.device, dtype=torch.float32)
    with torch.cuda.device_of(volume):
        warp_kernel[(triton.cdiv(depth * height * width, BLOCK), batch)](
            lying,
            mask_logits.contiguous(),
            shifts.float().contiguous(),
            moved,
            deformation,
            depth,
            height,
            width,
            NUM_SHIFTS=shifts.shape[1],
            NUM_CHANNELS=channels,
            CHANNELS=triton.next_power_of_2(channels),
            BLOCK=BLOCK,
        )
    return moved, deformation
