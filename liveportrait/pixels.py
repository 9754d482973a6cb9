"""Frames to images and back: the only place where 0..255 meets 0..1."""

import numpy as np
import torch

from liveportrait.arrays import FrameRGB
from liveportrait.ops.picture_bytes import bytes_from_image, image_from_bytes
from liveportrait.tensors import ImageBatch


def image_from_frame(frame: FrameRGB, *, device: torch.device | str = "cpu") -> ImageBatch:
    """One frame as a batch of one image, fp32, 0..1."""
    return image_from_bytes(torch.from_numpy(np.ascontiguousarray(frame)).to(device).unsqueeze(0))


def frame_from_image(image: ImageBatch) -> FrameRGB:
    """The first image of a batch as a frame; values are cut to 0..1, then truncated as the reference does."""
    return bytes_from_image(image[:1].detach())[0].cpu().numpy()
