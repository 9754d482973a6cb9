"""`ops.picture_bytes` in one pass each: bytes beside each other, planes of 0..1."""

import torch
import triton
import triton.language as tl
from torch import Tensor

BLOCK = 1024
"""Pixels a program."""


@triton.jit
def to_image_kernel(pixels, image, num_pixels, BLOCK: tl.constexpr):
    item = tl.program_id(1).to(tl.int64) * 3 * num_pixels
    pixel = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    is_pixel = pixel < num_pixels
    for channel in tl.static_range(3):
        level = tl.load(pixels + item + pixel * 3 + channel, mask=is_pixel, other=0)
        # Rounded as PyTorch's division is; the fast one is a bit off.
        value = tl.div_rn(level.to(tl.float32), tl.full((BLOCK,), 255.0, tl.float32))
        tl.store(image + item + channel * num_pixels + pixel, value, mask=is_pixel)


@triton.jit
def to_bytes_kernel(image, pixels, num_pixels, BLOCK: tl.constexpr):
    item = tl.program_id(1).to(tl.int64) * 3 * num_pixels
    pixel = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    is_pixel = pixel < num_pixels
    for channel in tl.static_range(3):
        value = tl.load(image + item + channel * num_pixels + pixel, mask=is_pixel, other=0.0).to(tl.float32)
        level = tl.minimum(tl.maximum(value, 0.0), 1.0) * 255.0
        tl.store(pixels + item + pixel * 3 + channel, level.to(tl.uint8), mask=is_pixel)


def image_from_bytes(pixels: Tensor) -> Tensor:
    """(B, H, W, 3) bytes to (B, 3, H, W) fp32."""
    batch, height, width, _ = pixels.shape
    image = torch.empty((batch, 3, height, width), device=pixels.device, dtype=torch.float32)
    grid = (triton.cdiv(height * width, BLOCK), batch)
    with torch.cuda.device_of(pixels):
        to_image_kernel[grid](pixels.contiguous(), image, height * width, BLOCK=BLOCK)
    return image


def bytes_from_image(image: Tensor) -> Tensor:
    """(B, 3, H, W) in fp32 or half precision to (B, H, W, 3) bytes."""
    batch, _, height, width = image.shape
    pixels = torch.empty((batch, height, width, 3), device=image.device, dtype=torch.uint8)
    grid = (triton.cdiv(height * width, BLOCK), batch)
    with torch.cuda.device_of(image):
        to_bytes_kernel[grid](image.contiguous(), pixels, height * width, BLOCK=BLOCK)
    return pixels
