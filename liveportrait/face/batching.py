"""Pictures of one size through a network, a few at a time."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from numpy import ndarray
from torch import Tensor

from liveportrait.arrays import CropRGB
from liveportrait.pixels import images_from_frames


def run_on_pictures(
    network: Callable[[Tensor], tuple[Tensor, ...]],
    pictures: Sequence[CropRGB],
    *,
    device: torch.device,
    batch_size: int = 16,
) -> Iterator[tuple[ndarray, ...]]:
    """The network's outputs, picture by picture."""
    for start in range(0, len(pictures), batch_size):
        images = images_from_frames(np.stack(pictures[start : start + batch_size]), device=device)
        with torch.inference_mode():
            outputs = network(images)
        yield from zip(*(output.cpu().numpy() for output in outputs), strict=True)
