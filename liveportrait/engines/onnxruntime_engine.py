"""onnxruntime as an engine: fp32 on any CPU, fp16 and fp32 on CUDA.

Inputs and outputs are bound where they lie: nothing is copied between PyTorch and onnxruntime, on a
GPU neither. On CUDA every operation must run there; a graph of which one would run on the CPU
instead is refused. That path is written and tested without a GPU only.
"""

import importlib
import importlib.util
import threading
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from liveportrait.engines.artifact_cache import artifact_key, load_or_make
from liveportrait.engines.export_manifest import ExportedGraph
from liveportrait.engines.onnx_conversion import to_onnx
from liveportrait.engines.protocol import Signature, deliver
from liveportrait.engines.single_items import item_by_item
from liveportrait.errors import EngineUnavailableError

if TYPE_CHECKING:
    import onnxruntime

_FILE = "network.onnx"

NOT_FOR_FP8 = ("QDQPropagationTransformer",)
"""It makes reshapes in fp8, which onnxruntime then has no kernel for."""

_FIRST_WITH_CUDA_SAMPLING = (1, 25)
"""Before, onnxruntime sampled volumes on the CPU only."""


class OnnxRuntimeEngine:
    """Runs one ONNX graph, picture by picture; names and order are those of the signature.

    Each thread that calls it has results of its own.
    """

    def __init__(
        self,
        graph: bytes,
        signature: Signature,
        *,
        device: torch.device,
        num_threads: int | None,
        without_optimizers: Sequence[str] = (),
    ) -> None:
        """`without_optimizers`: names of onnxruntime's graph rewritings that this graph does not bear."""
        self._signature = signature
        self._device = torch.device(device.type, device.index or 0) if device.type == "cuda" else device
        self._session = _open_session(
            graph,
            signature,
            device=self._device,
            num_threads=num_threads,
            without_optimizers=without_optimizers,
        )
        self._of_thread = threading.local()

    @property
    def signature(self) -> Signature:
        return self._signature

    @property
    def device(self) -> torch.device:
        return self._device

    def __call__(
        self, inputs: Mapping[str, Tensor], *, outputs: Mapping[str, Tensor] | None = None
    ) -> dict[str, Tensor]:
        given = outputs or {}
        is_single = all(len(value) == 1 for value in inputs.values())
        bound = {
            name: buffer for name, buffer in given.items() if is_single and self._can_write_into(name, buffer)
        }
        results = item_by_item(lambda item: self._run(item, bound), self._signature, inputs)
        return deliver(results, {name: given[name] for name in given.keys() - bound.keys()})

    def close(self) -> None:
        self._session = None
        self._of_thread = threading.local()

    def _own_buffers(self) -> dict[str, Tensor]:
        """Of the thread that calls."""
        if not hasattr(self._of_thread, "buffers"):
            self._of_thread.buffers = {
                spec.name: torch.empty(1, *spec.shape, device=self._device)
                for spec in self._signature.outputs
            }
        return self._of_thread.buffers

    def _can_write_into(self, name: str, buffer: Tensor) -> bool:
        own = self._own_buffers()[name]
        alike = (buffer.shape, buffer.dtype, buffer.device) == (own.shape, own.dtype, own.device)
        return alike and buffer.is_contiguous()

    def _run(self, inputs: Mapping[str, Tensor], bound: Mapping[str, Tensor]) -> dict[str, Tensor]:
        assert self._session is not None, f"the {self._signature.name} was called after it was closed"
        # Referred to until the run is over: the binding knows addresses only.
        given = {name: value.detach().contiguous() for name, value in inputs.items()}
        results = {name: bound.get(name, own) for name, own in self._own_buffers().items()}
        binding = self._session.io_binding()
        for name, value in given.items():
            assert value.dtype == torch.float32 and value.device == self._device
            binding.bind_input(name, *self._place(value))
        for name, buffer in results.items():
            binding.bind_output(name, *self._place(buffer))
        if self._device.type == "cuda":
            # onnxruntime has a stream of its own, and waits for it at the end of a run.
            torch.cuda.current_stream(self._device).synchronize()
        self._session.run_with_iobinding(binding)
        return results

    def _place(self, tensor: Tensor) -> tuple[str, int, Any, tuple[int, ...], int]:
        import numpy as np

        index = self._device.index or 0
        return self._device.type, index, np.float32, tuple(tensor.shape), tensor.data_ptr()


def open_onnxruntime(
    module: nn.Module, signature: Signature, *, device: torch.device, num_threads: int | None
) -> OnnxRuntimeEngine:
    """A network on onnxruntime; its graph is made once and kept."""
    key = artifact_key(module, str(signature), version("onnxscript"), torch.__version__)

    def save(graph: bytes, folder: Path) -> None:
        (folder / _FILE).write_bytes(graph)

    graph = load_or_make(
        f"{signature.name}-onnx-{key}",
        load=lambda folder: (folder / _FILE).read_bytes(),
        make=lambda: to_onnx(module, signature).SerializeToString(),
        save=save,
    )
    return OnnxRuntimeEngine(graph, signature, device=device, num_threads=num_threads)


def open_onnxruntime_graph(
    graph: ExportedGraph, *, device: torch.device, num_threads: int | None
) -> OnnxRuntimeEngine:
    """An exported network, as it is."""
    return OnnxRuntimeEngine(
        graph.content,
        graph.signature,
        device=device,
        num_threads=num_threads,
        without_optimizers=NOT_FOR_FP8 if graph.precision == "fp8" else (),
    )


def why_no_onnxruntime(device: torch.device) -> str | None:
    """Why onnxruntime cannot run on a device; None if it can."""
    if device.type not in ("cpu", "cuda"):
        return f"it runs on the CPU and on CUDA here, not on {device}; choose device cpu."
    extra = "onnx" if device.type == "cpu" else "onnx-gpu"
    missing = [name for name in ("onnxruntime", "onnx", "onnxscript") if not importlib.util.find_spec(name)]
    if missing:
        return f"{' and '.join(missing)} is not installed; pip install 'liveportrait[{extra}]'."
    return _why_no_cuda() if device.type == "cuda" else None


def _why_no_cuda() -> str | None:
    try:
        import onnxruntime
    except ImportError as fault:
        return f"onnxruntime cannot be imported ({fault}); pip install 'liveportrait[onnx-gpu]'."

    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        return (
            "the onnxruntime that is installed has no CUDA; pip uninstall onnxruntime, then "
            "pip install 'liveportrait[onnx-gpu]'."
        )
    major, minor, *_ = onnxruntime.__version__.split(".")
    if (int(major), int(minor)) < _FIRST_WITH_CUDA_SAMPLING:
        return (
            f"onnxruntime {onnxruntime.__version__} cannot sample volumes on CUDA; "
            "pip install 'onnxruntime-gpu>=1.25'."
        )
    return None


def _open_session(
    graph: bytes,
    signature: Signature,
    *,
    device: torch.device,
    num_threads: int | None,
    without_optimizers: Sequence[str],
) -> "onnxruntime.InferenceSession":
    import onnxruntime

    provider, provider_options = _provider(device)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = num_threads or 0
    options.log_severity_level = 3
    if device.type != "cpu":
        options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    try:
        session = onnxruntime.InferenceSession(
            graph,
            options,
            providers=[provider],
            provider_options=[provider_options],
            disabled_optimizers=list(without_optimizers),
        )
    except _opening_faults() as fault:
        raise EngineUnavailableError(
            f"onnxruntime cannot run the {signature.name} on {device}: {fault}. Choose another engine."
        ) from fault
    if session.get_providers()[0] != provider:
        # It goes on without CUDA where its libraries are not found, with a line in the log.
        raise EngineUnavailableError(
            f"onnxruntime opened the {signature.name} with {session.get_providers()[0]}, not with "
            f"{provider}: CUDA or cuDNN of the version that it needs is missing. Install them, or choose "
            "another engine."
        )
    session.disable_fallback()
    return session


def _opening_faults() -> tuple[type[Exception], ...]:
    """What onnxruntime raises where it cannot open a graph; its exceptions have no common ancestor."""
    module = importlib.import_module("onnxruntime.capi.onnxruntime_pybind11_state")
    names = ("Fail", "InvalidGraph", "InvalidProtobuf", "NotImplemented", "RuntimeException", "EPFail")
    return tuple(getattr(module, name) for name in names)


def _provider(device: torch.device) -> tuple[str, dict[str, str]]:
    if device.type == "cpu":
        return "CPUExecutionProvider", {}
    # TensorFloat-32 would round what the precision contract calls fp32 to 10 bits.
    return "CUDAExecutionProvider", {"device_id": str(device.index or 0), "use_tf32": "0"}
