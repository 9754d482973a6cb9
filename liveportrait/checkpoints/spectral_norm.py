"""Spectral norm, folded into the weights once instead of divided out in every call."""

from collections.abc import Mapping

import torch
from torch import Tensor

from liveportrait.errors import WeightsError


def fold_spectral_norm(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """`weight_orig`, `weight_u`, `weight_v` become `weight`; everything else stays.

    The stored u and v are taken as they are: iterating them once more would give other
    weights than those that the network was trained with (Miyato et al. 2018).
    """
    folded = dict(tensors)
    for name in tensors:
        stem = name.removesuffix("_orig")
        if name.endswith("weight_orig") and f"{stem}_u" in tensors and f"{stem}_v" in tensors:
            original, u, v = (folded.pop(f"{stem}_{part}") for part in ("orig", "u", "v"))
            folded[stem] = _normalised(name, original, u, v)
    return folded


def _normalised(name: str, original: Tensor, u: Tensor, v: Tensor) -> Tensor:
    matrix = original.flatten(1).double() if original.ndim > 1 else original.double()
    if (u.numel(), v.numel()) != tuple(matrix.shape):
        raise WeightsError(
            f"{name} has the shape {tuple(original.shape)}, its singular vectors have {u.numel()} and "
            f"{v.numel()} entries. The checkpoint is damaged; fetch it again."
        )
    sigma = torch.dot(u.flatten().double(), matrix @ v.flatten().double())
    if not torch.isfinite(sigma) or sigma == 0:
        raise WeightsError(f"{name} has the spectral norm {sigma.item()}. The checkpoint is damaged.")
    return (original.double() / sigma).to(original.dtype)
