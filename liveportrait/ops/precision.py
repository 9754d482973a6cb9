"""Where half precision ends: coordinates, softmax, sampling."""

import torch
from torch import Tensor


def full_precision(tensor: Tensor) -> Tensor:
    """In fp32 at least; fp64 stays, so that equalities can be tested to the last digits."""
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))
