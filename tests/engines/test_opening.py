"""Which engine is opened, and what is said when none can be."""

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from liveportrait.engines import opening
from liveportrait.engines.catalogue import (
    ENGINE_KINDS,
    FASTEST_ON_A_CPU,
    KINDS_ON_REQUEST,
    EngineKind,
    available_engines,
    ranked,
)
from liveportrait.engines.config import EngineConfig, devices_to_try, find_device
from liveportrait.engines.opening import open_engines, open_module_engine
from liveportrait.engines.protocol import Engine, EngineName, Signature, TensorSpec
from liveportrait.engines.self_test import example_inputs, self_test
from liveportrait.engines.torch_engine import TorchEngine
from liveportrait.errors import EngineUnavailableError, SettingError
from liveportrait.networks.presets import TINY
from tests.random_networks import random_networks

CPU = torch.device("cpu")
MEASURED = Path(__file__).parents[2] / "benchmarks" / "results" / "mini_bench.json"
SIGNATURE = Signature(
    name="double", inputs=(TensorSpec(name="x", shape=(4,)),), outputs=(TensorSpec(name="y", shape=(4,)),)
)


class Double(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return 2 * x


class BrokenEngine:
    """Answers with something else."""

    def __init__(self, answer: float) -> None:
        self.answer = answer
        self.signature = SIGNATURE
        self.device = CPU
        self.closed = False

    def __call__(
        self, inputs: Mapping[str, Tensor], *, outputs: Mapping[str, Tensor] | None = None
    ) -> dict[str, Tensor]:
        return {"y": torch.full_like(inputs["x"], self.answer)}

    def close(self) -> None:
        self.closed = True


def kind(name: EngineName, engine: Engine, *, why_not: str | None = None) -> EngineKind:
    def open_it(
        module: nn.Module, signature: Signature, *, device: torch.device, num_threads: int | None
    ) -> Engine:
        return engine

    return EngineKind(
        name=name,
        open=open_it,
        prepare=lambda networks, _precision: networks,
        why_not=lambda _device: why_not,
        precisions=lambda _device: ("fp32",),
    )


def failing_kind(name: EngineName, fault: Exception) -> EngineKind:
    def open_it(
        module: nn.Module, signature: Signature, *, device: torch.device, num_threads: int | None
    ) -> Engine:
        raise fault

    return replace(kind(name, BrokenEngine(0.0)), open=open_it)


def sound_kind() -> EngineKind:
    return kind("torch", TorchEngine(Double(), SIGNATURE, device=CPU))


def open_double(config: EngineConfig) -> Engine:
    return open_module_engine(Double(), SIGNATURE, config=config)


def test_a_model_opens_with_all_its_stages() -> None:
    engines = open_engines(random_networks(TINY), config=EngineConfig(device="cpu", precision="fp32"))
    for name, engine in engines.stages.items():
        outputs = engines[name](example_inputs(engine.signature))
        assert tuple(outputs) == engine.signature.output_names
    engines.close()


@pytest.mark.parametrize(
    ("name", "asked", "given"),
    [("openvino", None, 1), ("openvino", 3, 3), ("onnxruntime", None, 1), ("torch", None, None)],
)
def test_a_small_network_takes_one_core(
    name: EngineName, asked: int | None, given: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int | None] = []

    def open_it(
        module: nn.Module, signature: Signature, *, device: torch.device, num_threads: int | None
    ) -> Engine:
        seen.append(num_threads)
        return TorchEngine(module, signature, device=device)

    (row,) = (row for row in ENGINE_KINDS if row.name == name)
    monkeypatch.setattr(opening, "ENGINE_KINDS", (replace(row, open=open_it, why_not=lambda _device: None),))
    open_double(EngineConfig(device="cpu", num_threads=asked))
    assert seen == [given]


@pytest.mark.parametrize("answer", [0.0, float("nan"), float("inf")])
def test_auto_passes_over_an_engine_that_computes_wrongly(
    answer: float, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = BrokenEngine(answer)
    monkeypatch.setattr(opening, "ENGINE_KINDS", (kind("openvino", broken), sound_kind()))
    with caplog.at_level(logging.INFO):
        engine = open_double(EngineConfig(device="cpu"))
    assert isinstance(engine, TorchEngine)
    assert broken.closed
    assert "openvino in fp32 on cpu computes wrongly" in caplog.text
    assert "Engine of double: torch in fp32 on cpu" in caplog.text


FAULTS = [
    RuntimeError("Check failed\nat line 7"),
    NotImplementedError("no kernel"),
    torch.OutOfMemoryError("out of memory"),
    MemoryError(),
    OSError("libcuda.so.1 is missing"),
    ValueError("unsupported operator"),
]
"""What libraries raise where they cannot."""


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_auto_passes_over_an_engine_that_fails_to_open(
    fault: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(opening, "ENGINE_KINDS", (failing_kind("openvino", fault), sound_kind()))
    assert isinstance(open_double(EngineConfig(device="cpu")), TorchEngine)
    assert f"openvino in fp32 on cpu cannot run the double on this machine ({type(fault).__name__}" in (
        caplog.text
    )
    with pytest.raises(EngineUnavailableError, match="Choose another engine") as refusal:
        open_double(EngineConfig(engine="openvino", device="cpu"))
    assert refusal.value.__cause__ is fault
    assert "line 7" not in str(refusal.value)


def test_auto_passes_over_an_engine_that_fails_at_its_self_test(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fails(BrokenEngine):
        def __call__(
            self, inputs: Mapping[str, Tensor], *, outputs: Mapping[str, Tensor] | None = None
        ) -> dict[str, Tensor]:
            raise NotImplementedError("aten::grid_sampler_3d is not implemented for this device")

    failing = Fails(0.0)
    monkeypatch.setattr(opening, "ENGINE_KINDS", (kind("openvino", failing), sound_kind()))
    assert isinstance(open_double(EngineConfig(device="cpu")), TorchEngine)
    assert failing.closed


@pytest.mark.parametrize("fault", [AssertionError("ours"), SettingError("the user's")])
def test_what_is_no_fault_of_a_library_is_not_passed_over(
    fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "ENGINE_KINDS", (failing_kind("openvino", fault), sound_kind()))
    with pytest.raises(type(fault), match=str(fault)):
        open_double(EngineConfig(device="cpu"))


def only_on(device_type: str, row: EngineKind) -> EngineKind:
    return replace(
        row, why_not=lambda device: None if device.type == device_type else f"it is for {device_type}."
    )


@pytest.fixture
def has_mps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)


@pytest.mark.usefixtures("has_mps")
def test_a_device_that_was_not_asked_for_is_left_for_the_cpu(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    on_mps = only_on("mps", failing_kind("torch", NotImplementedError("no kernel")))
    rows = (on_mps, only_on("cpu", kind("openvino", TorchEngine(Double(), SIGNATURE, device=CPU))))
    monkeypatch.setattr(opening, "ENGINE_KINDS", rows)
    assert open_double(EngineConfig()).device == CPU
    assert "Engine passed over: torch in fp32 on mps cannot run the double" in caplog.text
    with pytest.raises(EngineUnavailableError, match="on mps cannot run the double"):
        open_double(EngineConfig(device="mps"))


@pytest.mark.usefixtures("has_mps")
def test_the_cpu_is_the_last_to_be_tried() -> None:
    assert devices_to_try("auto") == (torch.device("mps"), CPU)
    assert devices_to_try("mps") == (torch.device("mps"),)
    assert devices_to_try("cpu") == (CPU,)


def test_auto_tries_what_is_fastest_on_a_cpu() -> None:
    """An engine may come before another in one precision and behind it in the next."""
    pairs = [(kind.name, precision) for kind, precision in ranked(ENGINE_KINDS, CPU)]
    assert pairs == [pair for pair in FASTEST_ON_A_CPU if pair in pairs]
    assert pairs[-1] == ("torch", "fp32")
    without_openvino = [one for one in ENGINE_KINDS if one.name != "openvino"]
    assert all(kind.name != "openvino" for kind, _ in ranked(without_openvino, CPU))


@pytest.mark.parametrize("installed", ["openvino onnxruntime torch", "onnxruntime torch", "torch"])
@pytest.mark.parametrize("precisions", ["fp32 bf16", "fp32"])
def test_what_auto_picks_was_the_fastest_when_all_were_measured(installed: str, precisions: str) -> None:
    """With whatever is installed, and with fast bf16 or without."""
    rows = json.loads(MEASURED.read_bytes())["rows"]
    core_ms = {
        (row["engine"], row["precision"]): row["timing"]["core_ms"]
        for row in rows
        if "M+S+W+G" in row["scope"]
    }
    here = [
        pair for pair in FASTEST_ON_A_CPU if pair[0] in installed.split() and pair[1] in precisions.split()
    ]
    assert here[0] == min(here, key=core_ms.__getitem__)


def test_every_engine_of_a_cpu_has_a_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liveportrait.engines.catalogue.has_fast_bf16", lambda _device: True)
    here = [kind for kind in ENGINE_KINDS if kind.why_not(CPU) is None]
    assert {(kind.name, one) for kind in here for one in kind.precisions(CPU)} <= set(FASTEST_ON_A_CPU)


def test_what_is_opened_by_name_only_is_never_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = kind("torch-compiled", TorchEngine(Double(), SIGNATURE, device=CPU))
    broken = kind("openvino", BrokenEngine(0.0))
    monkeypatch.setattr(opening, "ENGINE_KINDS", (broken,))
    monkeypatch.setattr(opening, "KINDS_ON_REQUEST", (slow,))
    with pytest.raises(EngineUnavailableError, match="computes wrongly"):
        open_double(EngineConfig(device="cpu"))
    assert isinstance(open_double(EngineConfig(engine="torch-compiled", device="cpu")), TorchEngine)


def test_what_was_asked_for_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "ENGINE_KINDS", (kind("openvino", BrokenEngine(0.0)), sound_kind()))
    with pytest.raises(EngineUnavailableError, match="computes wrongly"):
        open_double(EngineConfig(engine="openvino", device="cpu"))


def test_an_absent_engine_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = kind("openvino", BrokenEngine(0.0), why_not="pip install it.")
    monkeypatch.setattr(opening, "ENGINE_KINDS", (absent, sound_kind()))
    with pytest.raises(EngineUnavailableError, match="pip install it"):
        open_double(EngineConfig(engine="openvino", device="cpu"))
    assert isinstance(open_double(EngineConfig(device="cpu")), TorchEngine)


def test_a_precision_that_cannot_be_had_is_refused() -> None:
    with pytest.raises(EngineUnavailableError, match=r"fp16 .*choose one of these"):
        open_engines(
            random_networks(TINY), config=EngineConfig(engine="torch", precision="fp16", device="cpu")
        )
    with pytest.raises(SettingError, match=r"runs in fp32"):
        open_double(EngineConfig(precision="bf16", device="cpu"))


@pytest.mark.parametrize("name", ["potato", "cuda:x"])
def test_unknown_devices_are_refused(name: str) -> None:
    with pytest.raises(SettingError, match="no device"):
        find_device(name)


def test_absent_devices_are_refused() -> None:
    absent = "mps" if torch.cuda.is_available() else "cuda"
    with pytest.raises(EngineUnavailableError, match="finds none"):
        find_device(absent)


def test_no_threads_are_refused() -> None:
    with pytest.raises(SettingError, match="1 or more"):
        EngineConfig(num_threads=0)


def test_doctor_sees_every_engine() -> None:
    statuses = available_engines(CPU)
    assert [status.name for status in statuses] == [row.name for row in (*ENGINE_KINDS, *KINDS_ON_REQUEST)]
    for status in statuses:
        assert (status.why_not is None) == bool(status.precisions)


def test_self_test_sees_swapped_inputs() -> None:
    stage_networks = random_networks(TINY)
    engines = open_engines(stage_networks, config=EngineConfig(device="cpu", precision="fp32"))
    renderer = engines["renderer"]

    class Swapped(BrokenEngine):
        def __call__(
            self, inputs: Mapping[str, Tensor], *, outputs: Mapping[str, Tensor] | None = None
        ) -> dict[str, Tensor]:
            swapped = {"kp_driving": inputs["kp_source"], "kp_source": inputs["kp_driving"]}
            return renderer({**inputs, **swapped})

    swapped = Swapped(0.0)
    swapped.signature = renderer.signature
    from liveportrait.engines.stage_modules import RendererStage

    module = RendererStage(stage_networks.warping_network, stage_networks.spade_generator)
    assert self_test(renderer, module, precision="fp32") is None
    assert "image of the renderer" in (self_test(swapped, module, precision="bf16") or "")
