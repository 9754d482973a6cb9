"""Weights by a rule of whole numbers: the same on every machine and with every version of PyTorch."""

import zlib

import numpy as np
import torch
from torch import Tensor, nn

MULTIPLIER = 2654435761
"""Knuth's, for hashing whole numbers into 32 bits."""


def rule_tensor(name: str, shape: tuple[int, ...], *, scale: float = 1.0) -> Tensor:
    """Numbers in -scale..scale that look random and depend on the name and the place only."""
    count = int(np.prod(shape, dtype=np.int64))
    index = np.arange(count, dtype=np.uint64) + np.uint64(zlib.crc32(name.encode()))
    for _ in range(2):
        index = (index * np.uint64(MULTIPLIER)) & np.uint64(0xFFFFFFFF)
        index ^= index >> np.uint64(15)
    values = (index.astype(np.float64) / 2**31 - 1.0) * scale
    return torch.from_numpy(values.astype(np.float32).reshape(shape))


def fill_by_rule(network: nn.Module) -> None:
    """Kernels keep the size of what they are given, norms stay near the identity, nothing vanishes."""
    for name, value in network.state_dict().items():
        shape = tuple(value.shape)
        if name.endswith("num_batches_tracked"):
            continue
        if name.endswith("running_var"):
            value.copy_(1 + rule_tensor(name, shape, scale=0.5))
        elif value.ndim > 1:
            value.copy_(rule_tensor(name, shape, scale=(6 / value[0].numel()) ** 0.5))
        else:
            centre = 1.0 if name.endswith("weight") else 0.0
            value.copy_(centre + rule_tensor(name, shape, scale=0.1))
