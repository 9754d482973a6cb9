"""Pictures of one size through a network, a few at a time."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from numpy import ndarray
from torch import Tensor

from liveportrait.arrays import CropRGB


def run_on_pictures(
    network: Callable[[Tensor], tuple[Tensor, ...]],
    pictures: Sequence[CropRGB],
    *,
    device: torch.device,
    batch_size: int = 16,
) -> Iterator[tuple[ndarray, ...]]:
    """The network's outputs, picture by picture."""
    for start in range(0, len(pictures), batch_size):
        stack = torch.from_numpy(np.stack(pictures[start : start + batch_size])).to(device)
        with torch.inference_mode():
            outputs = network(stack.permute(0, 3, 1, 2).float() / 255.0)
        yield from zip(*(output.cpu().numpy() for output in outputs), strict=True)
