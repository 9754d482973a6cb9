"""Frames to images and back: the only place where 0..255 meets 0..1.

A GPU is sent bytes and sends bytes, and converts by itself. On a CPU NumPy does it, in the thread
that asks: PyTorch would wake its other threads for so little work; they then spin for milliseconds
on the cores that the engines need (16 core-ms a frame).
"""

import numpy as np
import torch
from jaxtyping import UInt8
from numpy import ndarray

from liveportrait.arrays import FrameRGB
from liveportrait.ops.picture_bytes import bytes_from_image, image_from_bytes
from liveportrait.tensors import ImageBatch


def image_from_frame(frame: FrameRGB, *, device: torch.device | str = "cpu") -> ImageBatch:
    """One frame as a batch of one image, fp32, 0..1."""
    return images_from_frames(frame[None], device=device)


def images_from_frames(
    frames: UInt8[ndarray, "b _h _w 3"], *, device: torch.device | str = "cpu"
) -> ImageBatch:
    """Frames of one size as a batch of images, fp32, 0..1."""
    if torch.device(device).type == "cpu":
        scaled = np.divide(frames, 255, dtype=np.float32, order="C")
        return torch.from_numpy(scaled).permute(0, 3, 1, 2)
    return image_from_bytes(torch.from_numpy(np.ascontiguousarray(frames)).to(device))


def frame_from_image(image: ImageBatch) -> FrameRGB:
    """The first image of a batch as a frame; values are cut to 0..1, then truncated as the reference does."""
    first = image[:1].detach()
    if first.device.type != "cpu":
        return bytes_from_image(first)[0].cpu().numpy()
    scaled = np.clip(first[0].float().numpy(), 0, 1)
    scaled *= 255
    return np.ascontiguousarray(scaled.astype(np.uint8).transpose(1, 2, 0))
