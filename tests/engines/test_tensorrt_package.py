"""Which TensorRT is here, why it is not, and how graphs become plans."""

import importlib
import importlib.util
import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from liveportrait.engines import tensorrt_package
from liveportrait.engines.tensorrt_package import TensorRt, TensorRtName, load_tensorrt, why_no_tensorrt
from liveportrait.engines.tensorrt_plan import build_plan
from liveportrait.errors import EngineUnavailableError, SettingError
from tests.engines.fake_tensorrt import Severity, World, make_fake


@pytest.fixture(autouse=True)
def _loaded_anew() -> Iterator[None]:
    load_tensorrt.cache_clear()
    yield
    load_tensorrt.cache_clear()


def test_on_the_cpu_it_says_what_it_needs() -> None:
    assert "NVIDIA GPU with a driver" in str(why_no_tensorrt("tensorrt-rtx", torch.device("cpu")))


def test_a_card_that_the_package_has_no_code_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _device: (9, 0))
    assert "9.0; use tensorrt" in str(why_no_tensorrt("tensorrt-rtx", torch.device("cuda")))
    assert why_no_tensorrt("tensorrt", torch.device("cuda")) is None


def test_a_package_that_is_missing_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert "liveportrait[tensorrt]" in str(why_no_tensorrt("tensorrt", torch.device("cuda")))

    def missing(name: str) -> None:
        raise ImportError("libnvonnxparser.so.11")

    monkeypatch.setattr(tensorrt_package.importlib, "import_module", missing)
    with pytest.raises(EngineUnavailableError, match=r"libnvonnxparser.*liveportrait\[tensorrt\]"):
        load_tensorrt("tensorrt")


@pytest.mark.parametrize(
    ("name", "version", "is_enough"),
    [
        ("tensorrt", "10.16.0", False),
        ("tensorrt", "11.2.0.5", False),
        ("tensorrt", "11.2.1.3", True),
        ("tensorrt-rtx", "1.5.0.114", False),
        ("tensorrt-rtx", "1.7.1.116", True),
    ],
)
def test_versions_that_cannot_sample_volumes_are_refused(
    name: TensorRtName, version: str, is_enough: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = make_fake(name, World()).module
    module.__version__ = version
    monkeypatch.setattr(tensorrt_package.importlib, "import_module", lambda _name: module)
    if is_enough:
        assert load_tensorrt(name).version == version
    else:
        with pytest.raises(EngineUnavailableError, match=f"{version} is installed"):
            load_tensorrt(name)


def test_what_the_package_says_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    logger = make_fake("tensorrt", World()).logger
    with caplog.at_level(logging.DEBUG):
        logger.log(Severity.WARNING, "layer norm in half precision")
        logger.log(Severity.INFO, "took 3 s")
    assert [record.levelno for record in caplog.records] == [logging.WARNING, logging.DEBUG]


class FakeBuilder:
    """Remembers how it was told to build."""

    def __init__(self, faults: list[tuple[str, str]], *, plan: bytes | None = b"plan") -> None:
        self.faults, self.plan = faults, plan
        self.flags = -1
        self.cleared: list[str] = []
        self.capabilities: dict[int, str] = {}
        self.num_compute_capabilities = 0

    def create_network(self, flags: int) -> "FakeBuilder":
        self.flags = flags
        return self

    def create_builder_config(self) -> "FakeBuilder":
        return self

    def clear_flag(self, flag: str) -> None:
        self.cleared.append(flag)

    def set_compute_capability(self, capability: str, index: int) -> bool:
        assert index < self.num_compute_capabilities
        self.capabilities[index] = capability
        return True

    def build_serialized_network(self, network: object, config: object) -> bytes | None:
        assert network is self and config is self
        return self.plan

    @property
    def num_errors(self) -> int:
        return len(self.faults)

    def parse(self, onnx: bytes) -> bool:
        return not self.faults

    def get_error(self, index: int) -> Any:
        node, words = self.faults[index]
        operator = node.rpartition("/")[2]
        return SimpleNamespace(node_operator=lambda: operator, node_name=lambda: node, desc=lambda: words)


def with_builder(name: TensorRtName, builder: FakeBuilder) -> TensorRt:
    fake = make_fake(name, World())
    fake.module.Builder = lambda _logger: builder
    fake.module.OnnxParser = lambda network, _logger: builder
    fake.module.NetworkDefinitionCreationFlag = SimpleNamespace(STRONGLY_TYPED=1)
    fake.module.BuilderFlag = SimpleNamespace(TF32="tf32")
    fake.module.ComputeCapability = SimpleNamespace(SM86="86", SM89="89", SM120="120")
    return fake


def test_graphs_keep_their_types_and_fp32_stays_fp32() -> None:
    builder = FakeBuilder([])
    assert build_plan(b"onnx", with_builder("tensorrt", builder)) == b"plan"
    assert builder.flags == 1 << 1
    assert builder.cleared == ["tf32"]
    assert builder.num_compute_capabilities == 0


def test_plans_for_several_generations() -> None:
    builder = FakeBuilder([])
    build_plan(b"onnx", with_builder("tensorrt-rtx", builder), capabilities=("8.6", "8.9", "12.0"))
    assert builder.capabilities == {0: "86", 1: "89", 2: "120"}


def test_tensorrt_builds_for_its_own_card_only() -> None:
    with pytest.raises(SettingError, match="build with tensorrt-rtx"):
        build_plan(b"onnx", with_builder("tensorrt", FakeBuilder([])), capabilities=("8.9",))


def test_a_graph_that_cannot_be_read_says_where() -> None:
    faults = [("warp/GridSample", "input and grid must be of same type"), ("", "no more")]
    with pytest.raises(EngineUnavailableError, match="GridSample warp/GridSample: input.*; graph: no more"):
        build_plan(b"onnx", with_builder("tensorrt-rtx", FakeBuilder(faults)))


def test_a_graph_that_cannot_be_built_points_to_the_log() -> None:
    with pytest.raises(EngineUnavailableError, match="could not build"):
        build_plan(b"onnx", with_builder("tensorrt-rtx", FakeBuilder([], plan=None)))
