"""What was drawn, into its frame: on the CPU, or on the GPU that drew it."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from liveportrait.arrays import CropRGB, FrameRGB
from liveportrait.face.paste_back import PastePlace, paste_back
from liveportrait.ops.pasting import paste_image
from liveportrait.pixels import frame_from_image
from liveportrait.tensors import ImageBatch

_PLACES = 8
"""That stay on a GPU: more than faces in a picture usually; those of a source video come and go."""


class Pasted(NamedTuple):
    """A frame with a drawn crop in it, and that crop by itself."""

    frame: FrameRGB
    crop: CropRGB


def paste_drawn(frame: FrameRGB, drawn: ImageBatch, place: PastePlace) -> Pasted:
    """The first of the drawn images in its place.

    Both ways agree to two levels: OpenCV places pixels to 1/32 and takes the crop as bytes.
    """
    crop = frame_from_image(drawn)
    if drawn.is_cuda:
        return Pasted(paste_on_device(frame, drawn, place), crop)
    return Pasted(paste_back(frame, crop, place), crop)


def paste_on_device(frame: FrameRGB, drawn: ImageBatch, place: PastePlace) -> FrameRGB:
    """`paste_back` where the image lies; only that part of the frame goes there and comes back."""
    pasted = frame.copy()
    part = pasted[place.rows, place.columns]
    if part.size:
        image = drawn[:1].float()
        there = torch.from_numpy(np.ascontiguousarray(part)).to(image.device)
        part[:] = paste_image(there, image, *_constants(place, image.device)).cpu().numpy()
    return pasted


@lru_cache(maxsize=_PLACES)
def _constants(place: PastePlace, device: torch.device) -> tuple[Tensor, Tensor]:
    """Weights, and the transform from the part to the image: the same for every frame of a still source."""
    image_from_part = np.linalg.inv(place.part_from_crop)[:2].astype(np.float32)
    return torch.from_numpy(place.weights).to(device), torch.from_numpy(image_from_part).to(device)
