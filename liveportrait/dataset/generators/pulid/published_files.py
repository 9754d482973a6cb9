"""Networks out of files whose names are not ours."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias, TypeVar

import torch
from torch import Tensor, nn

from liveportrait.checkpoints.strict import check_fit

Network = TypeVar("Network", bound=nn.Module)

Rules: TypeAlias = tuple[tuple[str, str], ...]
"""Patterns of published names and ours, applied one after the other."""


def renamed_by(rules: Rules, name: str) -> str:
    """Our name of a published tensor; one without a rule keeps its own, and is found to be too many."""
    for pattern, replacement in rules:
        name = re.sub(pattern, replacement, name)
    return name


def frozen(
    network: Network,
    tensors: Mapping[str, Tensor],
    path: Path,
    *,
    dtype: torch.dtype,
    device: torch.device,
) -> Network:
    """The network, made on the meta device, with exactly the tensors that were read from `path`."""
    check_fit(network.state_dict(), tensors, path)
    # A copy: the tensors may still be a view of the file.
    state = {name: value.to(device, dtype, copy=True) for name, value in tensors.items()}
    network.load_state_dict(state, assign=True)
    return network.eval().requires_grad_(requires_grad=False)
