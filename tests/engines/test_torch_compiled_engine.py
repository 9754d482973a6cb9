"""PyTorch's compiler as an engine: every stage is one piece, and what is missing is told."""

import shutil
from functools import partial
from pathlib import Path

import pytest
import torch
from jaxtyping import config
from torch import Tensor, nn
from torch.testing import assert_close

from liveportrait.engines.config import EngineConfig
from liveportrait.engines.opening import open_module_engine
from liveportrait.engines.protocol import Signature, TensorSpec
from liveportrait.engines.self_test import self_test
from liveportrait.engines.signatures import StageName, make_stages
from liveportrait.engines.torch_compiled_engine import compiled, why_no_compiler
from liveportrait.engines.torch_engine import TorchEngine
from liveportrait.errors import EngineUnavailableError
from liveportrait.networks.deployment.optimize import optimize
from liveportrait.networks.presets import TINY
from tests.random_networks import random_networks

CPU = torch.device("cpu")
COMPILED = EngineConfig(engine="torch-compiled", device="cpu")
SIGNATURE = Signature(
    name="difference",
    inputs=(TensorSpec(name="left", shape=(4,)), TensorSpec(name="right", shape=(4,))),
    outputs=(TensorSpec(name="difference", shape=(4,)), TensorSpec(name="sum", shape=(4,))),
)
NETWORKS = random_networks(TINY)
TRAINED, DEPLOYED = make_stages(NETWORKS), make_stages(optimize(NETWORKS))


class DifferenceAndSum(nn.Module):
    def forward(self, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
        return left - right, left + right


@pytest.fixture(autouse=True)
def _no_type_checks_while_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shapes that a compiled module sees are symbols."""
    monkeypatch.setattr(config, "jaxtyping_disable", True)


@pytest.mark.parametrize("name", TRAINED)
def test_every_stage_is_one_piece(name: StageName) -> None:
    """As PyTorch's tracer sees it; the machine code behind it would take minutes."""
    stage = DEPLOYED[name]
    way = partial(compiled, backend="eager")
    engine = TorchEngine(stage.module, stage.signature, device=CPU, way=way)
    assert self_test(engine, TRAINED[name].module, precision="fp32") is None


@pytest.mark.skipif(why_no_compiler(CPU) is not None, reason="NOT COMPILED: there is no C++ compiler here")
def test_a_network_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    engine = open_module_engine(DifferenceAndSum(), SIGNATURE, config=COMPILED)
    left, right = torch.rand(2, 4), torch.rand(2, 4)
    buffer = torch.zeros(2, 4)
    found = engine({"right": right, "left": left}, outputs={"sum": buffer})
    assert found["sum"] is buffer
    assert_close(found, {"difference": left - right, "sum": left + right})
    assert list(tmp_path.rglob("*.cpp")), "nothing was compiled"


def test_a_missing_compiler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(
        EngineUnavailableError, match="needs a C.. compiler, and no-such-compiler is not found"
    ):
        open_module_engine(DifferenceAndSum(), SIGNATURE, config=COMPILED)


def test_a_network_that_falls_into_pieces_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class AsksPython(nn.Module):
        def forward(self, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
            return (left, right) if left.sum().item() > 0 else (right, left)

    monkeypatch.setattr(shutil, "which", lambda name: name)
    with pytest.raises(
        EngineUnavailableError, match="torch-compiled in fp32 on cpu cannot run the difference"
    ):
        open_module_engine(AsksPython(), SIGNATURE, config=COMPILED)


def test_devices_without_a_compiler_are_refused() -> None:
    assert "not on mps" in (why_no_compiler(torch.device("mps")) or "")
