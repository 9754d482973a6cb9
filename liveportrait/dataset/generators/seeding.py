"""Noise that depends on the image's seed alone."""

import torch

from liveportrait.dataset.ids import SEED_LIMIT
from liveportrait.errors import SettingError


def noise_generator(seed: int) -> torch.Generator:
    """Where the noise of one picture comes from; on the CPU, so that every device starts from the same."""
    if not 0 <= seed < SEED_LIMIT:
        raise SettingError(f"The seed is {seed}; give a whole number from 0 to {SEED_LIMIT - 1}.")
    return torch.Generator("cpu").manual_seed(seed)
