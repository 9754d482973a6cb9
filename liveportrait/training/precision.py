"""In what precision the heavy parts of a step run."""

from typing import Literal, TypeAlias

import torch

Precision: TypeAlias = Literal["fp32", "bf16"]
"""`bf16` is autocast: weights and what asks for exactness stay in fp32. In fp16 gradients drown."""


def autocast_for(precision: Precision, device: torch.device) -> torch.autocast:
    """What a step runs its heavy parts under."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")
