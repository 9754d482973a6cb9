"""OpenVINO as an engine: the fastest on a CPU.

It has no 3D sampling, so the networks come with another form of it (`ops.atlas`). Its own
half precision would round coordinates too; so it is told to compute in fp32, and the casts
of the deployed networks say what is bf16. int8 comes with an exported graph that says where to round.
"""

import importlib.util
import io
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from numpy import ndarray
from torch import Tensor, nn

from liveportrait.engines.artifact_cache import artifact_key, graph_key, load_or_make
from liveportrait.engines.config import cpu_facts
from liveportrait.engines.export_manifest import ExportedGraph
from liveportrait.engines.protocol import Signature, deliver
from liveportrait.engines.single_items import item_by_item
from liveportrait.errors import EngineUnavailableError

if TYPE_CHECKING:
    import openvino

_FILE = "compiled.blob"

_PICTURE = "image"
"""The input of every network that reads pixels."""


class OpenVinoEngine:
    """Runs one network, picture by picture; each thread that calls it has results of its own."""

    def __init__(self, compiled: "openvino.CompiledModel", signature: Signature) -> None:
        self._signature = signature
        self._compiled = compiled
        self._inputs = _by_name(compiled.inputs, signature.input_names)
        self._outputs = _by_name(compiled.outputs, signature.output_names)
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


def open_openvino(
    module: nn.Module, signature: Signature, *, device: torch.device, num_threads: int | None
) -> OpenVinoEngine:
    """A network on OpenVINO, converted and compiled once."""
    import openvino

    assert device.type == "cpu"
    key = artifact_key(module, str(signature), openvino.__version__, torch.__version__, cpu_facts())
    make = partial(_convert, module, signature)
    return OpenVinoEngine(_compiled(make, f"{signature.name}-openvino-{key}", num_threads), signature)


def open_openvino_graph(
    graph: ExportedGraph, *, device: torch.device, num_threads: int | None
) -> OpenVinoEngine:
    """An exported network as it is, compiled once.

    Raises:
        EngineUnavailableError: where volumes are sampled as OpenVINO cannot.
    """
    import openvino

    assert device.type == "cpu"
    if graph.sampling == "native":
        raise EngineUnavailableError(
            "OpenVINO has no 3D sampling, and the export samples natively; export with --sampling atlas, or "
            "choose onnxruntime."
        )
    key = graph_key(graph.content, str(graph.signature), openvino.__version__, cpu_facts())
    make = partial(_read, graph)
    name = f"{graph.signature.name}-openvino-{key}"
    return OpenVinoEngine(_compiled(make, name, num_threads), graph.signature)


def _compiled(
    make_model: Callable[[], "openvino.Model"], name: str, num_threads: int | None
) -> "openvino.CompiledModel":
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

    def load(folder: Path) -> openvino.CompiledModel:
        return core.import_model((folder / _FILE).read_bytes(), "CPU", settings)

    def make() -> openvino.CompiledModel:
        return core.compile_model(make_model(), "CPU", settings)

    def save(compiled: openvino.CompiledModel, folder: Path) -> None:
        blob = io.BytesIO()
        compiled.export_model(blob)
        (folder / _FILE).write_bytes(blob.getbuffer())

    return load_or_make(name, load=load, make=make, save=save)


def _read(graph: ExportedGraph) -> "openvino.Model":
    import openvino

    return _with_pictures_as_frames(openvino.Core().read_model(model=graph.content))


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
    return _with_pictures_as_frames(model)


def _with_pictures_as_frames(model: "openvino.Model") -> "openvino.Model":
    """Pictures come with their channels last, as they lie in frames: nothing moves before the first layer."""
    import openvino.preprocess

    steps = openvino.preprocess.PrePostProcessor(model)
    for index, port in enumerate(model.inputs):
        if port.get_node().get_friendly_name() == _PICTURE:
            steps.input(index).tensor().set_layout(openvino.Layout("NHWC"))
            steps.input(index).model().set_layout(openvino.Layout("NCHW"))
    return steps.build()


def _array(name: str, value: Tensor) -> ndarray:
    value = value.detach()
    return (value.permute(0, 2, 3, 1) if name == _PICTURE else value).contiguous().numpy()


def _by_name(
    ports: Iterable["openvino.ConstOutput"], names: Sequence[str]
) -> dict[str, "openvino.ConstOutput"]:
    return {_name_of(port, names): port for port in ports}


def _name_of(port: "openvino.ConstOutput", names: Sequence[str]) -> str:
    """That of its node, which a converted network has of us; in a graph it is that of its tensor.

    A tensor that comes in and goes out again has only one name once it is converted, and two in a graph.
    """
    of_node = port.get_node().get_friendly_name()
    if of_node in names:
        return of_node
    (name,) = port.get_names().intersection(names)
    return name
