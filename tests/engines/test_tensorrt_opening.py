"""From networks and from exported graphs to plans: what is built, and what is built once. No card is here."""

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn

from liveportrait.engines import tensorrt_opening
from liveportrait.engines.export_manifest import ExportedGraph
from liveportrait.engines.protocol import Signature
from liveportrait.engines.tensorrt_engine import TensorRtEngine
from liveportrait.engines.tensorrt_opening import TensorRtOpener
from liveportrait.engines.tensorrt_package import TensorRt, TensorRtName
from tests.engines.fake_tensorrt import PLAN, SIGNATURE, FakeStream, World, make_fake

CARD = torch.device("cuda", 0)
GRAPH = ExportedGraph(content=b"a graph in int8", signature=SIGNATURE, precision="int8", sampling="native")


class Network(nn.Module):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(factor))

    def forward(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        return first - self.factor * second, first.amax((1, 2)).unsqueeze(1)


@pytest.fixture
def opened() -> list[tuple[torch.device, object]]:
    """The devices and the streams that engines were opened with."""
    return []


@pytest.fixture(autouse=True)
def built(
    opened: list[tuple[torch.device, object]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[bytes]:
    """The graphs that plans were built from; what a card would do is left out."""
    graphs: list[bytes] = []

    def build(graph: bytes, _trt: object) -> bytes:
        graphs.append(graph)
        return PLAN

    def open_plan(
        plan: bytes,
        signature: Signature,
        trt: TensorRt,
        *,
        device: torch.device,
        stream: object,
        jit_cache: Path,
    ) -> TensorRtEngine:
        opened.append((device, stream))
        return TensorRtEngine(plan, signature, trt, device=torch.device("cpu"), stream=FakeStream())

    monkeypatch.setenv("LIVEPORTRAIT_CACHE", str(tmp_path))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _device: "a card")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _device: (8, 9))
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    monkeypatch.setattr(torch.cuda, "device", lambda _device: nullcontext())
    monkeypatch.setattr(tensorrt_opening, "load_tensorrt", lambda name: make_fake(name, World()))
    monkeypatch.setattr(tensorrt_opening, "build_plan", build)
    monkeypatch.setattr(tensorrt_opening, "TensorRtEngine", open_plan)
    monkeypatch.setattr(tensorrt_opening, "SideStream", lambda _device: "side stream")
    monkeypatch.setattr(tensorrt_opening, "RecordingStream", lambda _device: "recording stream")
    return graphs


@pytest.mark.parametrize(
    ("name", "stream"), [("tensorrt-rtx", "side stream"), ("tensorrt", "recording stream")]
)
def test_an_exported_graph_is_built_as_it_is_and_once(
    name: TensorRtName, stream: str, built: list[bytes], opened: list[tuple[torch.device, object]]
) -> None:
    for _ in range(2):
        TensorRtOpener(name=name).open_graph(GRAPH, device=CARD, num_threads=None)
    assert built == [GRAPH.content]
    assert opened == 2 * [(CARD, stream)]


def test_other_graphs_and_other_cards_have_plans_of_their_own(
    built: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    opener = TensorRtOpener(name="tensorrt")
    other = ExportedGraph(content=b"another graph", signature=SIGNATURE, precision="fp8", sampling="native")
    for graph in (GRAPH, other):
        opener.open_graph(graph, device=CARD, num_threads=None)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _device: "another card")
    opener.open_graph(GRAPH, device=CARD, num_threads=None)
    assert built == [GRAPH.content, other.content, GRAPH.content]


def test_a_network_is_converted_once(built: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    converted: list[float] = []

    def convert(module: Network, _signature: object) -> SimpleNamespace:
        converted.append(module.factor.item())
        return SimpleNamespace(SerializeToString=lambda: b"converted")

    monkeypatch.setattr(tensorrt_opening, "to_onnx", convert)
    opener = TensorRtOpener(name="tensorrt-rtx")
    for factor in (3.0, 3.0, 4.0):
        opener(Network(factor), SIGNATURE, device=CARD, num_threads=None)
    assert converted == [3.0, 4.0]
    assert built == [b"converted", b"converted"]
