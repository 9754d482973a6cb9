"""What onnxruntime is told, and that it is not let go its own way."""

import sys
from typing import Any

import onnxruntime
import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from liveportrait.engines import onnxruntime_engine
from liveportrait.engines.onnx_conversion import to_onnx
from liveportrait.engines.onnxruntime_engine import OnnxRuntimeEngine, why_no_onnxruntime
from liveportrait.engines.protocol import Signature, TensorSpec
from liveportrait.errors import EngineUnavailableError

CPU, CUDA = torch.device("cpu"), torch.device("cuda", 1)

SIGNATURE = Signature(
    name="difference",
    inputs=(TensorSpec(name="left", shape=(3,)), TensorSpec(name="right", shape=(3,))),
    outputs=(TensorSpec(name="difference", shape=(3,)), TensorSpec(name="same", shape=(3,))),
)


class Difference(nn.Module):
    def forward(self, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
        return left - right, left


@pytest.fixture(scope="module")
def graph() -> bytes:
    return to_onnx(Difference(), SIGNATURE).SerializeToString()


@pytest.fixture
def engine(graph: bytes) -> OnnxRuntimeEngine:
    return OnnxRuntimeEngine(graph, SIGNATURE, device=CPU, num_threads=1)


def inputs(batch_size: int = 1) -> dict[str, Tensor]:
    """In another order than the graph's: engines bind by name."""
    return {"right": torch.rand(batch_size, 3), "left": torch.rand(batch_size, 3)}


def test_inputs_are_bound_by_name(engine: OnnxRuntimeEngine) -> None:
    given = inputs()
    assert_close(engine(given)["difference"], given["left"] - given["right"])


def test_one_tensor_may_be_both_inputs(engine: OnnxRuntimeEngine) -> None:
    same = torch.rand(1, 3)
    assert_close(engine({"left": same, "right": same})["difference"], torch.zeros(1, 3))


def test_results_lie_in_the_callers_buffers_without_a_copy(engine: OnnxRuntimeEngine) -> None:
    buffer, given = torch.zeros(1, 3), inputs()
    results = engine(given, outputs={"difference": buffer})
    assert results["difference"] is buffer
    assert_close(buffer, given["left"] - given["right"])
    assert_close(results["same"], given["left"])


@pytest.mark.parametrize("buffer", [torch.zeros(1, 3).double(), torch.zeros(1, 6)[:, ::2], torch.zeros(2, 3)])
def test_other_buffers_are_filled_all_the_same(buffer: Tensor, engine: OnnxRuntimeEngine) -> None:
    given = inputs(batch_size=len(buffer))
    results = engine(given, outputs={"difference": buffer})
    assert results["difference"] is buffer
    assert_close(buffer, (given["left"] - given["right"]).to(buffer.dtype))


def test_a_result_that_is_an_input_is_a_copy(engine: OnnxRuntimeEngine) -> None:
    given = inputs()
    result = engine(given)["same"]
    result.zero_()
    assert given["left"].any()


def test_what_is_no_graph_is_refused() -> None:
    with pytest.raises(EngineUnavailableError, match="cannot run the difference"):
        OnnxRuntimeEngine(b"no graph", SIGNATURE, device=CPU, num_threads=1)


class SilentlyOnTheCpu:
    """What onnxruntime makes of a missing CUDA library: a session on the CPU and a line in the log."""

    def __init__(
        self,
        graph: bytes,
        options: Any,
        *,
        providers: list[str],
        provider_options: list[Any],
        disabled_optimizers: list[str],
    ) -> None:
        assert options.get_session_config_entry("session.disable_cpu_ep_fallback") == "1"
        assert (providers, provider_options) == (
            ["CUDAExecutionProvider"],
            [{"device_id": "1", "use_tf32": "0"}],
        )

    def get_providers(self) -> list[str]:
        return ["CPUExecutionProvider"]


def test_cuda_that_falls_back_is_refused(graph: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime, "InferenceSession", SilentlyOnTheCpu)
    with pytest.raises(EngineUnavailableError, match="with CPUExecutionProvider, not with CUDA"):
        OnnxRuntimeEngine(graph, SIGNATURE, device=CUDA, num_threads=None)


@pytest.mark.parametrize(
    ("providers", "version", "reason"),
    [
        (["CPUExecutionProvider"], "1.31.1", "has no CUDA"),
        (["CUDAExecutionProvider"], "1.24.4", "cannot sample volumes"),
        (["CUDAExecutionProvider"], "1.25.0", None),
        (["CUDAExecutionProvider"], "2.0.0", None),
    ],
)
def test_cuda_needs_a_build_that_samples_volumes(
    providers: list[str], version: str, reason: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: providers)
    monkeypatch.setattr(onnxruntime, "__version__", version)
    found = why_no_onnxruntime(CUDA)
    assert found is None if reason is None else reason in (found or "")


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert why_no_onnxruntime(CPU) is None
    assert "not on mps" in (why_no_onnxruntime(torch.device("mps")) or "")
    monkeypatch.setattr(onnxruntime_engine.importlib.util, "find_spec", lambda name: name != "onnxscript")
    assert "onnxscript is not installed; pip install 'liveportrait[onnx]'" in (why_no_onnxruntime(CPU) or "")
    assert "[onnx-gpu]" in (why_no_onnxruntime(CUDA) or "")


def test_an_onnxruntime_for_cuda_that_cannot_be_loaded_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime_engine.importlib.util, "find_spec", lambda _name: True)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert "onnxruntime cannot be imported" in (why_no_onnxruntime(CUDA) or "")
