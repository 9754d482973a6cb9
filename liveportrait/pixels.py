"""Frames to images and back: the only place where 0..255 meets 0..1."""

import numpy as np
import torch

from liveportrait.arrays import FrameRGB
from liveportrait.tensors import ImageBatch


def image_from_frame(frame: FrameRGB, *, device: torch.device | str = "cpu") -> ImageBatch:
    """One frame as a batch of one image, fp32, 0..1."""
    tensor = torch.from_numpy(np.ascontiguousarray(frame)).to(device)
    return tensor.permute(2, 0, 1).unsqueeze(0).float() / 255.0


def frame_from_image(image: ImageBatch) -> FrameRGB:
    """The first image of a batch as a frame; values are cut to 0..1, then truncated as the reference does."""
    scaled = image[0].detach().float().clamp(0, 1) * 255.0
    return scaled.to(torch.uint8).permute(1, 2, 0).cpu().numpy()
