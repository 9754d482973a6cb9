"""`ops.pasting.paste_image` in one pass: inverse affine sample, blend, round."""

import torch
import triton
import triton.language as tl
from torch import Tensor

BLOCK = 256
"""Pixels of the part a program."""


@triton.jit
def paste_kernel(
    part,
    image,
    weights,
    image_from_part,
    pasted,
    num_pixels,
    width,
    image_height,
    image_width,
    BLOCK: tl.constexpr,
):
    pixel = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    is_pixel = pixel < num_pixels
    row = (pixel // width).to(tl.float32)
    column = (pixel % width).to(tl.float32)
    x = tl.load(image_from_part) * column + tl.load(image_from_part + 1) * row
    y = tl.load(image_from_part + 3) * column + tl.load(image_from_part + 4) * row
    x = tl.minimum(tl.maximum(x + tl.load(image_from_part + 2), -1.0), image_width * 1.0)
    y = tl.minimum(tl.maximum(y + tl.load(image_from_part + 5), -1.0), image_height * 1.0)
    left, top = tl.floor(x), tl.floor(y)
    weight = tl.load(weights + pixel, mask=is_pixel, other=0.0)
    for channel in tl.static_range(3):
        plane = image + channel * image_height * image_width
        moved = tl.zeros((BLOCK,), tl.float32)
        for corner in tl.static_range(4):
            at_x = left + corner % 2
            at_y = top + corner // 2
            share = (1 - tl.abs(x - at_x)) * (1 - tl.abs(y - at_y)) * 255.0
            is_inside = is_pixel & (at_x >= 0) & (at_x < image_width) & (at_y >= 0) & (at_y < image_height)
            place = at_y.to(tl.int32) * image_width + at_x.to(tl.int32)
            moved += share * tl.load(plane + place, mask=is_inside, other=0.0).to(tl.float32)
        there = tl.load(part + pixel * 3 + channel, mask=is_pixel, other=0).to(tl.float32)
        mixed = there + (moved - there) * weight
        level = tl.floor(tl.minimum(tl.maximum(mixed, 0.0), 255.0) + 0.5)
        tl.store(pasted + pixel * 3 + channel, level.to(tl.uint8), mask=is_pixel)


def paste_image(part: Tensor, image: Tensor, weights: Tensor, image_from_part: Tensor) -> Tensor:
    """Halves are rounded up, where PyTorch rounds them to even: one level, where it is that close."""
    height, width = part.shape[:2]
    pasted = torch.empty((height, width, 3), device=part.device, dtype=torch.uint8)
    if not height * width:
        return pasted
    with torch.cuda.device_of(part):
        paste_kernel[(triton.cdiv(height * width, BLOCK),)](
            part.contiguous(),
            image.contiguous(),
            weights.float().contiguous(),
            image_from_part.float().contiguous(),
            pasted,
            height * width,
            width,
            *image.shape[-2:],
            BLOCK=BLOCK,
        )
    return pasted
