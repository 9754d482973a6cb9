"""PyTorch with CUDA graphs: a network's launches are recorded once and replayed as one.

Written and tested without a GPU: it has never run on a card.
"""

from collections.abc import Mapping
from functools import partial

import torch
from torch import Tensor, nn

from liveportrait.engines.launch_streams import LaunchStream
from liveportrait.engines.protocol import Signature
from liveportrait.engines.single_items import item_by_item
from liveportrait.engines.torch_engine import Run, by_name


@torch.inference_mode()
def recorded(module: nn.Module, signature: Signature, device: torch.device, *, stream: LaunchStream) -> Run:
    """Picture by picture between buffers that stay where they are, as a recording needs.

    It is recorded at once, so that the self-test sees a replay and not a first run.
    """
    inputs = {spec.name: torch.zeros(1, *spec.shape, device=device) for spec in signature.inputs}
    results = {spec.name: torch.zeros(1, *spec.shape, device=device) for spec in signature.outputs}

    def launch(_stream_handle: int) -> None:
        """On the stream that is current: PyTorch launches there of itself."""
        found = by_name(signature, module(*inputs.values()))
        for name, buffer in results.items():
            buffer.copy_(found[name])

    def run(item: Mapping[str, Tensor]) -> dict[str, Tensor]:
        for name, buffer in inputs.items():
            buffer.copy_(item[name])
        stream.run(launch, key=())
        return dict(results)

    for _ in ("launched", "recorded"):
        stream.run(launch, key=())
    return partial(item_by_item, run, signature)


def why_no_cuda_graphs(device: torch.device) -> str | None:
    """Why nothing can be recorded on a device; None if it can be tried."""
    return (
        None if device.type == "cuda" else f"it runs on an NVIDIA GPU, not on {device}; name such a device."
    )
