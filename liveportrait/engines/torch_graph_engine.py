"""PyTorch with CUDA graphs: a network's launches are recorded once and replayed as one.

Written and tested without a GPU: it has never run on a card.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from liveportrait.engines.launch_streams import LaunchStream
from liveportrait.engines.protocol import Signature, deliver
from liveportrait.engines.single_items import item_by_item
from liveportrait.engines.torch_engine import by_name, own_copy


class GraphTorchEngine:
    """Runs a module picture by picture between buffers that stay where they are, as a recording needs.

    It is recorded when it is opened, so that the self-test sees a replay and not a first run.
    """

    @torch.inference_mode()
    def __init__(
        self, module: nn.Module, signature: Signature, *, device: torch.device, stream: LaunchStream
    ) -> None:
        self._signature = signature
        self._device = device
        self._stream = stream
        self._module = own_copy(module, device)
        self._inputs = {spec.name: torch.zeros(1, *spec.shape, device=device) for spec in signature.inputs}
        self._results = {spec.name: torch.zeros(1, *spec.shape, device=device) for spec in signature.outputs}
        for _ in ("launched", "recorded"):
            self._stream.run(self._launch, key=())

    @property
    def signature(self) -> Signature:
        return self._signature

    @property
    def device(self) -> torch.device:
        return self._device

    @torch.inference_mode()
    def __call__(
        self, inputs: Mapping[str, Tensor], *, outputs: Mapping[str, Tensor] | None = None
    ) -> dict[str, Tensor]:
        return deliver(item_by_item(self._run, self._signature, inputs), outputs)

    def close(self) -> None:
        """Nothing is held but memory."""

    def _run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        for name, buffer in self._inputs.items():
            buffer.copy_(inputs[name])
        self._stream.run(self._launch, key=())
        return dict(self._results)

    def _launch(self, _stream_handle: int) -> None:
        """On the stream that is current: PyTorch launches there of itself."""
        results = by_name(self._signature, self._module(*self._inputs.values()))
        for name, buffer in self._results.items():
            buffer.copy_(results[name])


def why_no_cuda_graphs(device: torch.device) -> str | None:
    """Why nothing can be recorded on a device; None if it can be tried."""
    return (
        None if device.type == "cuda" else f"it runs on an NVIDIA GPU, not on {device}; name such a device."
    )
