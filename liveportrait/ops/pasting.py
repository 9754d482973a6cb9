"""A drawn crop into its frame on the device: `face.paste_back` where frame and crop already are."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor

from liveportrait.ops.native import NativeOperation
from liveportrait.tensors import ImageBatch


def paste_image(
    part: UInt8[Tensor, "h w 3"],
    image: ImageBatch,
    weights: Float[Tensor, "h w"],
    image_from_part: Float[Tensor, "2 3"],
) -> UInt8[Tensor, "h w 3"]:
    """That part of a frame with an image of 0..1 over it, as visible as `weights` say.

    `image_from_part` takes pixel centres (x, y) of the part to those of the image. Beyond its
    outer pixels the image is black, as it is for OpenCV and in the released code.
    """
    paste = _OPERATION.on(part, image, weights, image_from_part)
    return paste(part, image, weights, image_from_part)


def paste_image_in_torch(part: Tensor, image: Tensor, weights: Tensor, image_from_part: Tensor) -> Tensor:
    """The reference: `paste_image` in PyTorch's own operations."""
    height, width = part.shape[:2]
    size_wh = torch.tensor([image.shape[-1], image.shape[-2]], device=image.device, dtype=image.dtype)
    y, x = torch.meshgrid(
        *(torch.arange(n, device=image.device, dtype=image.dtype) for n in (height, width)), indexing="ij"
    )
    places = torch.stack((x, y, torch.ones_like(x)), -1) @ image_from_part.to(image.dtype).T
    grid = (2 * places + 1) / size_wh - 1
    moved = F.grid_sample(image, grid.unsqueeze(0), padding_mode="zeros", align_corners=False)
    moved = moved[0].permute(1, 2, 0) * 255.0
    mixed = part + (moved - part) * weights.unsqueeze(-1)
    return mixed.clamp(0, 255).round().to(torch.uint8)


def _example(device: torch.device) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    part = torch.randint(0, 256, (9, 11, 3), generator=generator, dtype=torch.uint8)
    image, weights = (torch.rand(*shape, generator=generator) for shape in ((1, 3, 7, 8), (9, 11)))
    image_from_part = torch.tensor([[0.6, -0.1, 0.7], [0.1, 0.6, -0.3]])
    return part.to(device), image.to(device), weights.to(device), image_from_part.to(device)


_OPERATION = NativeOperation(
    name="paste_image", folder="paste_image", reference=paste_image_in_torch, example=_example, tolerance=1.0
)
