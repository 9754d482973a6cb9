"""Tensors that take the ways of a GPU on a machine without one."""

import pytest
import torch
from torch import Tensor

from liveportrait.ops import native


class OnGpu(Tensor):
    """Says that it is on a GPU."""

    is_cuda = property(lambda self: True)  # type: ignore[assignment]
    device = property(lambda self: torch.device("cuda", 0))  # type: ignore[assignment]


def leave_operations_to_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels would look for the values where they are not."""
    monkeypatch.setattr(native, "_proven", lambda operation, _device: operation.reference)
