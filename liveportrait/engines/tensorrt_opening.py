"""From a network to a TensorRT engine: ONNX graph, plan from the cache, stream."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from liveportrait.engines.artifact_cache import artifact_key, cache_dir, graph_key, load_or_make
from liveportrait.engines.export_manifest import ExportedGraph
from liveportrait.engines.launch_streams import RecordingStream, SideStream
from liveportrait.engines.onnx_conversion import to_onnx
from liveportrait.engines.protocol import Signature
from liveportrait.engines.tensorrt_engine import TensorRtEngine
from liveportrait.engines.tensorrt_package import TensorRt, TensorRtName, load_tensorrt
from liveportrait.engines.tensorrt_plan import build_plan

_FILE = "network.plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorRtOpener:
    """Opens networks on one of the two packages; an `OpenEngine`. A GPU has no use for `num_threads`."""

    name: TensorRtName

    def __call__(
        self, module: nn.Module, signature: Signature, *, device: torch.device, num_threads: int | None
    ) -> TensorRtEngine:
        """A network that is ready."""
        trt = load_tensorrt(self.name)
        key = artifact_key(module, str(signature), torch.__version__, *_facts(trt, device))
        return _open(
            trt, signature, device, key=key, graph=lambda: to_onnx(module, signature).SerializeToString()
        )

    def open_graph(
        self, graph: ExportedGraph, *, device: torch.device, num_threads: int | None
    ) -> TensorRtEngine:
        """An exported network as it is: in int8 or fp8 where it is quantised. An `OpenGraph`."""
        trt = load_tensorrt(self.name)
        key = graph_key(graph.content, str(graph.signature), *_facts(trt, device))
        return _open(trt, graph.signature, device, key=key, graph=lambda: graph.content)


def _facts(trt: TensorRt, device: torch.device) -> tuple[str, ...]:
    """What a plan is of, beside its network."""
    card = f"{torch.cuda.get_device_name(device)} {torch.cuda.get_device_capability(device)}"
    return trt.name, trt.version, card


def _open(
    trt: TensorRt, signature: Signature, device: torch.device, *, key: str, graph: Callable[[], bytes]
) -> TensorRtEngine:
    name = f"{signature.name}-{trt.name}-{key}"
    with torch.cuda.device(device):
        return TensorRtEngine(
            _plan(name, trt, graph),
            signature,
            trt,
            device=torch.device("cuda", torch.cuda.current_device()),
            stream=SideStream(device) if trt.compiles_on_the_card else RecordingStream(device),
            jit_cache=cache_dir() / f"{name}.kernels",
        )


def _plan(name: str, trt: TensorRt, graph: Callable[[], bytes]) -> bytes:
    def load(folder: Path) -> bytes:
        return (folder / _FILE).read_bytes()

    def save(plan: bytes, folder: Path) -> None:
        (folder / _FILE).write_bytes(plan)

    return load_or_make(name, load=load, make=lambda: build_plan(graph(), trt), save=save)
