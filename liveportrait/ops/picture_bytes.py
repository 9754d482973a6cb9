"""Bytes to pictures and back on the device, so that only bytes travel to it and from it."""

import torch
from jaxtyping import UInt8
from torch import Tensor

from liveportrait.ops.native import NativeOperation
from liveportrait.tensors import ImageBatch


def image_from_bytes(pixels: UInt8[Tensor, "b h w 3"]) -> ImageBatch:
    """0..255 beside each other to fp32 0..1 in planes."""
    return _TO_IMAGE.on(pixels)(pixels)


def bytes_from_image(image: ImageBatch) -> UInt8[Tensor, "b h w 3"]:
    """Planes of 0..1 to bytes beside each other; cut to the range, then truncated as the reference does."""
    return _TO_BYTES.on(image)(image)


def image_from_bytes_in_torch(pixels: Tensor) -> Tensor:
    """The reference of `image_from_bytes`."""
    return pixels.permute(0, 3, 1, 2).float() / 255.0


def bytes_from_image_in_torch(image: Tensor) -> Tensor:
    """The reference of `bytes_from_image`."""
    scaled = image.detach().float().clamp(0, 1) * 255.0
    return scaled.to(torch.uint8).permute(0, 2, 3, 1).contiguous()


_TO_IMAGE = NativeOperation(
    name="image_from_bytes",
    folder="picture_bytes",
    reference=image_from_bytes_in_torch,
    example=lambda device: (
        torch.arange(256, dtype=torch.uint8, device=device).repeat(3).view(1, 16, 16, 3),
    ),
    tolerance=0.0,
)

_TO_BYTES = NativeOperation(
    name="bytes_from_image",
    folder="picture_bytes",
    reference=bytes_from_image_in_torch,
    example=lambda device: (torch.linspace(-0.1, 1.1, 768, device=device).view(1, 3, 16, 16),),
    tolerance=0.0,
)
