"""Pictures of how far a run has come: a row a pair, a column for each thing to look at."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from liveportrait.arrays import FrameRGB
from liveportrait.pixels import frame_from_image
from liveportrait.tensors import ImageBatch, ImagePoints
from liveportrait.training.stage_one import sized


def sheet_of(columns: Sequence[ImageBatch], *, cell_px: int = 192) -> FrameRGB:
    """All columns side by side, every item of the batch a row."""
    rows = [
        np.hstack(
            [frame_from_image(sized(column[item : item + 1].float().cpu(), cell_px)) for column in columns]
        )
        for item in range(len(columns[0]))
    ]
    return np.vstack(rows)


def write_sheet(path: Path, columns: Sequence[ImageBatch]) -> None:
    """As a PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(sheet_of(columns)).save(path)


def with_points(image: ImageBatch, points: ImagePoints, *, radius: float = 0.015) -> ImageBatch:
    """The pictures with a bright spot at every point; `radius` is in units of the image."""
    size = image.shape[-1]
    at = (torch.arange(size, device=image.device) + 0.5) * 2 / size - 1
    across = (at - points[..., :1]).square()[:, :, None, :]
    down = (at - points[..., 1:]).square()[:, :, :, None]
    is_spot = ((across + down) < radius**2).any(dim=1, keepdim=True)
    bright = image.new_tensor([0.1, 1.0, 0.3])[:, None, None]
    return torch.where(is_spot, bright, image)
