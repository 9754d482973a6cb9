"""A folder of document images, some of them hostile."""

from pathlib import Path

import numpy as np
from PIL import Image


def write_document(path: Path, *, seed: int) -> Path:
    """A small picture unlike that of every other seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 256, (8, 6, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path, format="PNG")
    return path
