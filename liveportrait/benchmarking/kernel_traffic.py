"""What the kernels save: bytes between the memory and the card, computed at the sizes of the human model."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from liveportrait.benchmarking.cards import Card
from liveportrait.benchmarking.traffic import record
from liveportrait.ops.mask_warp import warp_in_torch
from liveportrait.ops.modulation import modulate_in_torch
from liveportrait.ops.pasting import paste_image_in_torch
from liveportrait.ops.picture_bytes import bytes_from_image_in_torch, image_from_bytes_in_torch

Call = tuple[Tensor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelTraffic:
    """One operation, as often as a frame needs it."""

    kernel: str
    calls_a_frame: int
    launches_in_torch: int
    launches: int
    mbytes_in_torch: float
    """Were every operation of the reference to read and write its tensors once."""
    mbytes: float
    """What the kernel reads and writes."""

    def saved_ms(self, card: Card) -> float:
        """Computed: the bytes that are saved at the full rate of the card's memory."""
        return (self.mbytes_in_torch - self.mbytes) / card.gbytes_per_second

    def facts(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def kernel_traffic() -> list[KernelTraffic]:
    """All kernels on one driven frame of the human model, with features in fp16."""
    half, full, byte = torch.float16, torch.float32, torch.uint8
    warp = (
        _tensor(half, 1, 32, 16, 64, 64),
        _tensor(full, 1, 22, 16, 64, 64),
        _tensor(full, 1, 21, 3),
    )
    paste = (
        _tensor(byte, 512, 512, 3),
        _tensor(full, 1, 3, 512, 512),
        _tensor(full, 512, 512),
        _tensor(full, 2, 3),
    )
    to_image, to_bytes = _tensor(byte, 1, 256, 256, 3), _tensor(full, 1, 3, 512, 512)
    return [
        _traffic("warp_by_masks", warp_in_torch, [warp], [*warp, warp[0], _tensor(full, 16, 64, 64, 3)]),
        _modulations(),
        _traffic("image_from_bytes", image_from_bytes_in_torch, [(to_image,)], [to_image, _like(to_image)]),
        _traffic("bytes_from_image", bytes_from_image_in_torch, [(to_bytes,)], [to_bytes, paste[0]]),
        _traffic("paste_image", paste_image_in_torch, [paste], [*paste, paste[0]]),
    ]


def _modulations() -> KernelTraffic:
    """Six middle blocks of two, then two of each doubling; features are read for the statistics too."""
    sizes = [(512, 64, 1)] * 12 + [(512, 64, 2), (256, 128, 1), (256, 128, 2), (64, 256, 1)]
    calls = []
    for channels, side, times in sizes:
        features = _tensor(torch.float16, 1, channels, side, side)
        large = _tensor(torch.float16, 1, channels, side * times, side * times)
        calls.append((features, large, large))
    moved = [tensor for features, gain, shift in calls for tensor in (features, features, gain, shift, gain)]
    return _traffic("modulate", _modulate, calls, moved, launches_each=2)


def _modulate(features: Tensor, gain: Tensor, shift: Tensor) -> Tensor:
    return modulate_in_torch(features, gain, shift, 0.2)


def _traffic(
    kernel: str,
    reference: Callable[..., object],
    calls: Sequence[Call],
    moved: Sequence[Tensor],
    *,
    launches_each: int = 1,
) -> KernelTraffic:
    operations = [operation for call in calls for operation in record(lambda call=call: reference(*call))]
    return KernelTraffic(
        kernel=kernel,
        calls_a_frame=len(calls),
        launches_in_torch=len(operations),
        launches=launches_each * len(calls),
        mbytes_in_torch=sum(operation.num_bytes for operation in operations) / 1e6,
        mbytes=sum(math.prod(tensor.shape) * tensor.element_size() for tensor in moved) / 1e6,
    )


def _tensor(dtype: torch.dtype, *shape: int) -> Tensor:
    return torch.empty(shape, dtype=dtype, device="meta")


def _like(pixels: Tensor) -> Tensor:
    return _tensor(torch.float32, *pixels.shape)
