"""All engines, one row each: what opens it, and why it cannot be had."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, runtime_checkable

import torch
from torch import nn

from liveportrait.engines.config import has_fast_bf16
from liveportrait.engines.export_manifest import ExportedGraph
from liveportrait.engines.launch_streams import RecordingStream
from liveportrait.engines.onnxruntime_engine import (
    open_onnxruntime,
    open_onnxruntime_graph,
    why_no_onnxruntime,
)
from liveportrait.engines.openvino_engine import open_openvino, open_openvino_graph, why_no_openvino
from liveportrait.engines.protocol import Engine, EngineName, Precision, Signature
from liveportrait.engines.tensorrt_opening import TensorRtOpener
from liveportrait.engines.tensorrt_package import why_no_tensorrt
from liveportrait.engines.torch_compiled_engine import compiled, why_no_compiler
from liveportrait.engines.torch_engine import Run, TorchEngine, Way, eagerly
from liveportrait.engines.torch_graph_engine import recorded, why_no_cuda_graphs
from liveportrait.networks.deployment.optimize import optimize
from liveportrait.networks.presets import PortraitNetworks
from liveportrait.ops.atlas import sample_volume_in_atlas

DTYPES: dict[Precision, torch.dtype] = {
    "fp32": torch.float32,
    "bf16": torch.bfloat16,
    "fp16": torch.float16,
}


@runtime_checkable
class OpenEngine(Protocol):
    """Opens one network on an engine that is there."""

    def __call__(
        self, module: nn.Module, signature: Signature, *, device: torch.device, num_threads: int | None
    ) -> Engine: ...


@runtime_checkable
class OpenGraph(Protocol):
    """Opens one exported network on an engine that is there."""

    def __call__(self, graph: ExportedGraph, *, device: torch.device, num_threads: int | None) -> Engine: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineKind:
    """A row of the catalogue."""

    name: EngineName
    open: OpenEngine
    prepare: Callable[[PortraitNetworks, Precision], PortraitNetworks]
    """The form of the networks that it runs, with the casts of a precision."""
    why_not: Callable[[torch.device], str | None]
    """Why it cannot run on a device and what to do about it, in one sentence; None if it can."""
    precisions: Callable[[torch.device], tuple[Precision, ...]]
    """What it computes in on a device, the fastest first."""
    open_graph: OpenGraph | None = None
    """The same for what `liveportrait export` wrote; None: it reads no such graphs."""
    has_own_threads: bool = True
    """Whether each network has a number of threads of its own; PyTorch has one for all of a process."""
    is_reference: bool = False
    """In fp32 on a CPU it is what the others are compared with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStatus:
    """What `doctor` tells of an engine."""

    name: EngineName
    device: torch.device
    why_not: str | None
    """None: it can be had."""
    precisions: tuple[Precision, ...]


def available_engines(device: torch.device) -> tuple[EngineStatus, ...]:
    """Every engine, in the order of the tables."""
    return tuple(
        EngineStatus(
            name=kind.name,
            device=device,
            why_not=(why_not := kind.why_not(device)),
            precisions=() if why_not else kind.precisions(device),
        )
        for kind in (*ENGINE_KINDS, *KINDS_ON_REQUEST)
    )


def ranked(kinds: Sequence[EngineKind], device: torch.device) -> list[tuple[EngineKind, Precision]]:
    """The engines that a device has, in each of their precisions; what `auto` prefers comes first."""
    pairs: list[tuple[EngineKind, Precision]] = [
        (kind, precision)
        for kind in kinds
        if kind.why_not(device) is None
        for precision in kind.precisions(device)
    ]
    if device.type != "cpu":
        return pairs
    return sorted(pairs, key=lambda pair: _rank_on_a_cpu(pair[0].name, pair[1]))


def _rank_on_a_cpu(engine: EngineName, precision: Precision) -> int:
    """What is opened by name only has none, and comes last."""
    pair = (engine, precision)
    return FASTEST_ON_A_CPU.index(pair) if pair in FASTEST_ON_A_CPU else len(FASTEST_ON_A_CPU)


@dataclass(frozen=True, slots=True, kw_only=True)
class _TorchOpener:
    """Opens networks in one of PyTorch's ways; an `OpenEngine`."""

    way: Way

    def __call__(
        self, module: nn.Module, signature: Signature, *, device: torch.device, num_threads: int | None
    ) -> Engine:
        if num_threads is not None:
            torch.set_num_threads(num_threads)
        return TorchEngine(module, signature, device=device, way=self.way)


def _recorded(module: nn.Module, signature: Signature, device: torch.device) -> Run:
    return recorded(module, signature, device, stream=RecordingStream(device))


def _as_trained_or_deployed(networks: PortraitNetworks, precision: Precision) -> PortraitNetworks:
    """In fp32 PyTorch is the reference, so it runs the networks as they were trained."""
    return networks if precision == "fp32" else optimize(networks, feature_dtype=DTYPES[precision])


def _without_3d_sampling(networks: PortraitNetworks, precision: Precision) -> PortraitNetworks:
    return optimize(networks, feature_dtype=DTYPES[precision], sample_volume=sample_volume_in_atlas)


def _deployed(networks: PortraitNetworks, precision: Precision) -> PortraitNetworks:
    return optimize(networks, feature_dtype=DTYPES[precision])


def _torch_precisions(device: torch.device) -> tuple[Precision, ...]:
    match device.type:
        case "cuda":
            return ("fp16", "bf16", "fp32") if has_fast_bf16(device) else ("fp16", "fp32")
        case "mps":
            return ("fp32", "fp16")
        case _:
            return _cpu_precisions(device)


def _tensorrt_precisions(_device: torch.device) -> tuple[Precision, ...]:
    """TensorRT-RTX 1.7 builds no transposed 3D convolution in bf16."""
    return ("fp16", "fp32")


def _cpu_precisions(device: torch.device) -> tuple[Precision, ...]:
    return ("bf16", "fp32") if has_fast_bf16(device) else ("fp32",)


ENGINE_KINDS: tuple[EngineKind, ...] = (
    EngineKind(
        name="tensorrt-rtx",
        open=TensorRtOpener(name="tensorrt-rtx"),
        open_graph=TensorRtOpener(name="tensorrt-rtx").open_graph,
        prepare=_deployed,
        why_not=partial(why_no_tensorrt, "tensorrt-rtx"),
        precisions=_tensorrt_precisions,
    ),
    EngineKind(
        name="tensorrt",
        open=TensorRtOpener(name="tensorrt"),
        open_graph=TensorRtOpener(name="tensorrt").open_graph,
        prepare=_deployed,
        why_not=partial(why_no_tensorrt, "tensorrt"),
        precisions=_tensorrt_precisions,
    ),
    EngineKind(
        name="openvino",
        open=open_openvino,
        open_graph=open_openvino_graph,
        prepare=_without_3d_sampling,
        why_not=why_no_openvino,
        precisions=_cpu_precisions,
    ),
    EngineKind(
        name="torch",
        open=_TorchOpener(way=eagerly),
        has_own_threads=False,
        is_reference=True,
        prepare=_as_trained_or_deployed,
        why_not=lambda _device: None,
        precisions=_torch_precisions,
    ),
    EngineKind(
        name="onnxruntime",
        open=open_onnxruntime,
        open_graph=open_onnxruntime_graph,
        prepare=_deployed,
        why_not=why_no_onnxruntime,
        # Its CPU kernels have no half precision; what is fp16 there runs as fp32.
        precisions=lambda device: ("fp16", "fp32") if device.type == "cuda" else ("fp32",),
    ),
)
"""In the order in which `auto` tries them on a GPU."""

KINDS_ON_REQUEST: tuple[EngineKind, ...] = (
    EngineKind(
        name="torch-compiled",
        open=_TorchOpener(way=compiled),
        has_own_threads=False,
        prepare=_deployed,
        why_not=why_no_compiler,
        precisions=_torch_precisions,
    ),
    EngineKind(
        name="torch-cuda-graphs",
        open=_TorchOpener(way=_recorded),
        has_own_threads=False,
        prepare=_deployed,
        why_not=why_no_cuda_graphs,
        precisions=_torch_precisions,
    ),
)
"""What is opened by name only: it takes long to compile, or nobody has seen it run."""

FASTEST_ON_A_CPU: tuple[tuple[EngineName, Precision], ...] = (
    ("openvino", "bf16"),
    ("openvino", "fp32"),
    ("torch", "bf16"),
    ("onnxruntime", "fp32"),
    ("torch", "fp32"),
)
"""By the core time of a driven frame of `mini`: 45, 104, 132, 244 and 340 ms in benchmarks/results/
mini_bench.json. At the released size PyTorch in bf16 comes second (human_networks.json), but where bf16 is
fast OpenVINO in bf16 leads. A trial at every start would take longer than it saves: converting alone takes
a minute."""
