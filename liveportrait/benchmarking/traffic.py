"""Operation by operation: how much is multiplied, how many bytes are read and written.

Counted on tensors without memory (`meta`), so the largest model takes no time and no GPU.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call into PyTorch."""

    name: str
    macs: int
    num_bytes: int
    """Read and written, every tensor once."""
    dtype: torch.dtype
    """Of the first tensor that it reads."""

    @property
    def is_irregular(self) -> bool:
        """Whether it reads where its input says, so that nothing before it can be joined to it."""
        return self.name.startswith("grid_sampler")


def record(call: Callable[[], object]) -> list[Operation]:
    """What a call computes; views, which move nothing, are left out."""
    # Inference mode would hand over whole layers instead of what they are made of.
    with torch.no_grad(), _Recorder() as recorder:
        call()
    return recorder.operations


class _Recorder(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.operations: list[Operation] = []

    def __torch_dispatch__(
        self,
        func: Any,
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        kwargs = dict(kwargs or {})
        result = func(*args, **kwargs)
        read = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        made = [leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)]
        if made and not _is_view(read, made):
            count = flop_registry.get(func._overloadpacket)
            flops = count(*args, **kwargs, out_val=result) if count else 0
            self.operations.append(
                Operation(
                    name=func._overloadpacket.__name__,
                    macs=flops // 2,
                    num_bytes=sum(_bytes_of(tensor) for tensor in (*read, *made)),
                    dtype=(read or made)[0].dtype,
                )
            )
        return result


def _is_view(read: list[Tensor], made: list[Tensor]) -> bool:
    # Tensors without memory have no address; their storages are told apart all the same.
    storages = {StorageWeakRef(tensor.untyped_storage()) for tensor in read}
    return all(StorageWeakRef(tensor.untyped_storage()) in storages for tensor in made)


def _bytes_of(tensor: Tensor) -> int:
    """An axis that is repeated without being copied is read once."""
    strides = zip(tensor.shape, tensor.stride(), strict=True)
    return math.prod(size for size, stride in strides if stride) * tensor.element_size()
