"""OpenVINO as an engine: the fastest on a CPU.

It has no 3D sampling, so the networks come with another form of it (`ops.atlas`). Its own
half precision would round coordinates too; so it is told to compute in fp32, and the casts
of the deployed networks say what is bf16.
"""

import importlib.util
import io
import threading
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from numpy import ndarray
from torch import Tensor, nn

from liveportrait.engines.artifact_cache import artifact_key, load_or_make
from liveportrait.engines.config import cpu_facts
from liveportrait.engines.protocol import Signature, deliver
from liveportrait.engines.single_items import item_by_item

if TYPE_CHECKING:
    import openvino

_FILE = "compiled.blob"

_PICTURE = "image"
"""The input of every network that reads pixels."""


class OpenVinoEngine:
    """Runs one network, picture by picture; each thread that calls it has results of its own."""

    def __init__(
        self, module: nn.Module, signature: Signature, *, device: torch.device, num_threads: int | None
    ) -> None:
        assert device.type == "cpu"
        self._signature = signature
        self._compiled = _compiled(module, signature, num_threads)
        self._inputs, self._outputs = _by_name(self._compiled.inputs), _by_name(self._compiled.outputs)
        self._of_thread = threading.local()

    @property
    def signature(self) -> Signature:
        return self._signature

    @property
    def device(self) -> torch.device:
        return torch.device("cpu")

    def __call__(
        self, inputs: Mapping[str, Tensor], *, outputs: Mapping[str, Tensor] | None = None
    ) -> dict[str, Tensor]:
        return deliver(item_by_item(self._run, self._signature, inputs), outputs)

    def close(self) -> None:
        self._compiled, self._of_thread = None, threading.local()

    def _run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        request = self._request()
        arrays = {self._inputs[name]: _array(name, value) for name, value in inputs.items()}
        request.infer(arrays, share_inputs=True)
        # Views into the request's memory, which the thread's next call overwrites.
        return {
            name: torch.from_numpy(request.get_tensor(self._outputs[name]).data)
            for name in self._signature.output_names
        }

    def _request(self) -> "openvino.InferRequest":
        if not hasattr(self._of_thread, "request"):
            assert self._compiled is not None, f"the {self._signature.name} was called after it was closed"
            self._of_thread.request = self._compiled.create_infer_request()
        return self._of_thread.request


def why_no_openvino(device: torch.device) -> str | None:
    """Why OpenVINO cannot run on a device; None if it can."""
    if device.type != "cpu":
        return f"it runs on the CPU here, not on {device}; choose device cpu."
    if importlib.util.find_spec("openvino") is None:
        return "it is not installed; pip install 'liveportrait[openvino]'."
    return None


def _compiled(module: nn.Module, signature: Signature, num_threads: int | None) -> "openvino.CompiledModel":
    """Kept on disk as compiled for this machine: that starts three times as fast as a converted network."""
    import openvino

    core = openvino.Core()
    settings: dict[str, str | bool] = {
        "INFERENCE_PRECISION_HINT": "f32",
        "PERFORMANCE_HINT": "LATENCY",
        # Networks that run side by side in threads of ours would all be pinned to the first cores.
        "ENABLE_CPU_PINNING": False,
    }
    if num_threads is not None:
        settings["INFERENCE_NUM_THREADS"] = str(num_threads)
    key = artifact_key(module, str(signature), openvino.__version__, torch.__version__, cpu_facts())

    def load(folder: Path) -> openvino.CompiledModel:
        return core.import_model((folder / _FILE).read_bytes(), "CPU", settings)

    def make() -> openvino.CompiledModel:
        return core.compile_model(_convert(module, signature), "CPU", settings)

    def save(compiled: openvino.CompiledModel, folder: Path) -> None:
        blob = io.BytesIO()
        compiled.export_model(blob)
        (folder / _FILE).write_bytes(blob.getbuffer())

    return load_or_make(f"{signature.name}-openvino-{key}", load=load, make=make, save=save)


def _convert(module: nn.Module, signature: Signature) -> "openvino.Model":
    """By tracing; every input is a tensor of its own, since one passed twice would become one input."""
    import openvino

    examples = tuple(torch.rand(1, *spec.shape) for spec in signature.inputs)
    with torch.no_grad(), warnings.catch_warnings():
        # That branches on shapes are traced away: shapes are fixed.
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(module.eval(), examples, check_trace=False)
        model = openvino.convert_model(traced, example_input=examples)
    for ports, specs in ((model.inputs, signature.inputs), (model.outputs, signature.outputs)):
        for port, spec in zip(ports, specs, strict=True):
            port.get_node().set_friendly_name(spec.name)
    model.reshape({port: [1, *spec.shape] for port, spec in zip(model.inputs, signature.inputs, strict=True)})
    return _with_pictures_as_frames(model, signature)


def _with_pictures_as_frames(model: "openvino.Model", signature: Signature) -> "openvino.Model":
    """Pictures come with their channels last, as they lie in frames: nothing moves before the first layer."""
    import openvino.preprocess

    steps = openvino.preprocess.PrePostProcessor(model)
    for index, name in enumerate(signature.input_names):
        if name == _PICTURE:
            steps.input(index).tensor().set_layout(openvino.Layout("NHWC"))
            steps.input(index).model().set_layout(openvino.Layout("NCHW"))
    return steps.build()


def _array(name: str, value: Tensor) -> ndarray:
    value = value.detach()
    return (value.permute(0, 2, 3, 1) if name == _PICTURE else value).contiguous().numpy()


def _by_name(ports: Iterable["openvino.ConstOutput"]) -> dict[str, "openvino.ConstOutput"]:
    """Ports by the names of their nodes: a tensor that comes in and goes out again has only one name."""
    return {port.get_node().get_friendly_name(): port for port in ports}
