"""PyTorch with CUDA graphs: what a recording needs, shown without a GPU."""

from collections.abc import Callable, Hashable
from functools import partial

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from liveportrait.engines.config import EngineConfig
from liveportrait.engines.launch_streams import RecordingStream
from liveportrait.engines.opening import open_module_engine
from liveportrait.engines.protocol import Signature, TensorSpec
from liveportrait.engines.self_test import example_inputs
from liveportrait.engines.signatures import make_stages
from liveportrait.engines.torch_engine import TorchEngine
from liveportrait.engines.torch_graph_engine import recorded
from liveportrait.errors import EngineUnavailableError
from liveportrait.networks.deployment.optimize import optimize
from liveportrait.networks.presets import TINY
from tests.random_networks import random_networks

CPU = torch.device("cpu")
SIGNATURE = Signature(
    name="difference",
    inputs=(TensorSpec(name="left", shape=(4,)), TensorSpec(name="right", shape=(4,))),
    outputs=(TensorSpec(name="difference", shape=(4,)),),
)


class Difference(nn.Module):
    addresses: list[tuple[int, int]] = []  # noqa: RUF012 (the engine runs a copy, and copies share it)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        self.addresses.append((left.data_ptr(), right.data_ptr()))
        return left - right


class ReplayingStream:
    """Replays by launching the first work again: what is new since must come through the buffers."""

    def __init__(self) -> None:
        self.works: dict[Hashable, Callable[[int], None]] = {}
        self.num_runs = 0

    def run(self, work: Callable[[int], None], *, key: Hashable) -> None:
        self.num_runs += 1
        self.works.setdefault(key, work)(7)


@pytest.fixture
def stream() -> ReplayingStream:
    Difference.addresses.clear()
    return ReplayingStream()


@pytest.fixture
def engine(stream: ReplayingStream) -> TorchEngine:
    return TorchEngine(Difference(), SIGNATURE, device=CPU, way=partial(recorded, stream=stream))


def test_it_is_recorded_when_it_is_opened(engine: TorchEngine, stream: ReplayingStream) -> None:
    """The second run of the same launches records them."""
    assert stream.num_runs == 2
    engine({"left": torch.rand(1, 4), "right": torch.rand(1, 4)})
    assert stream.num_runs == 3
    assert len(stream.works) == 1


def test_a_replay_reads_what_is_given_now(engine: TorchEngine) -> None:
    for _ in range(3):
        left, right = torch.rand(1, 4), torch.rand(1, 4)
        assert_close(engine({"right": right, "left": left})["difference"], left - right)
    assert len(set(Difference.addresses)) == 1


def test_inputs_and_buffers_are_the_callers(engine: TorchEngine) -> None:
    inputs = {"left": torch.rand(3, 4), "right": torch.rand(3, 4)}
    before, buffer = {name: value.clone() for name, value in inputs.items()}, torch.zeros(3, 4)
    assert engine(inputs, outputs={"difference": buffer})["difference"] is buffer
    assert_close(buffer, before["left"] - before["right"])
    assert_close(inputs, before, rtol=0, atol=0)


def test_a_renderer_between_fixed_buffers(stream: ReplayingStream) -> None:
    stage = make_stages(optimize(random_networks(TINY)))["renderer"]
    engine = TorchEngine(stage.module, stage.signature, device=CPU, way=partial(recorded, stream=stream))
    for seed in (0, 1):
        inputs = example_inputs(stage.signature, seed=seed)
        with torch.inference_mode():
            (wanted,) = stage.module(*stage.signature.in_order(inputs))
        assert_close(engine(inputs)["image"], wanted, rtol=1e-4, atol=1e-4)


def test_without_a_gpu_it_is_refused() -> None:
    config = EngineConfig(engine="torch-cuda-graphs", device="cpu")
    with pytest.raises(EngineUnavailableError, match="runs on an NVIDIA GPU, not on cpu"):
        open_module_engine(Difference(), SIGNATURE, config=config)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="NOT RUN: there is no GPU here")
def test_on_a_card_the_recording_computes_what_the_network_computes() -> None:
    device = torch.device("cuda", 0)
    stage = make_stages(optimize(random_networks(TINY)))["renderer"]
    stream = RecordingStream(device)
    engine = TorchEngine(stage.module, stage.signature, device=device, way=partial(recorded, stream=stream))
    for seed in range(3):
        inputs = example_inputs(stage.signature, seed=seed)
        with torch.inference_mode():
            (wanted,) = stage.module(*stage.signature.in_order(inputs))
        found = engine({name: value.to(device) for name, value in inputs.items()})["image"]
        assert_close(found.cpu(), wanted, rtol=1e-3, atol=1e-3)
