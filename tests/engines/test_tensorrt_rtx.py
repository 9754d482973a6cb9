"""Graphs against TensorRT-RTX itself, which builds plans without a GPU. To run one takes a card."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from liveportrait.engines.onnx_conversion import to_onnx
from liveportrait.engines.protocol import Signature, TensorSpec
from liveportrait.engines.signatures import StageName, make_stages
from liveportrait.engines.tensorrt_engine import TensorRtEngine
from liveportrait.engines.tensorrt_package import TensorRt, load_tensorrt
from liveportrait.engines.tensorrt_plan import build_plan
from liveportrait.errors import EngineUnavailableError
from liveportrait.networks.deployment.optimize import optimize
from liveportrait.networks.presets import TINY
from tests.engines.fake_tensorrt import FakeStream
from tests.random_networks import random_networks

pytest.importorskip(
    "tensorrt_rtx", reason="NOT RUN: TensorRT-RTX is not installed; pip install 'liveportrait[tensorrt-rtx]'"
)

VOLUME = Signature(
    name="sampling",
    inputs=(TensorSpec(name="volume", shape=(2, 3, 4, 5)), TensorSpec(name="grid", shape=(3, 4, 5, 3))),
    outputs=(TensorSpec(name="samples", shape=(2, 3, 4, 5)),),
)


class Sampling(nn.Module):
    """3D sampling."""

    def forward(self, volume: Tensor, grid: Tensor) -> Tensor:
        return F.grid_sample(volume, grid, align_corners=False)


@pytest.fixture(scope="module")
def trt() -> TensorRt:
    return load_tensorrt("tensorrt-rtx")


@pytest.mark.parametrize("name", ["appearance_feature_extractor", "motion_extractor", "renderer"])
def test_every_large_stage_converts_for_every_generation(name: StageName, trt: TensorRt) -> None:
    networks = optimize(random_networks(TINY), feature_dtype=torch.float16)
    stage = make_stages(networks)[name]
    onnx = to_onnx(stage.module, stage.signature).SerializeToString()
    assert len(build_plan(onnx, trt, capabilities=("8.6", "8.9", "12.0"))) > 100_000


def test_the_parsers_words_reach_the_user(trt: TensorRt) -> None:
    model = to_onnx(Sampling(), VOLUME)
    sampling = next(node for node in model.graph.node if node.op_type == "GridSample")
    sampling.op_type = "SampleAsYouLike"
    with pytest.raises(EngineUnavailableError, match="SampleAsYouLike"):
        build_plan(model.SerializeToString(), trt, capabilities=("8.9",))


def test_what_is_no_graph_is_refused(trt: TensorRt) -> None:
    with pytest.raises(EngineUnavailableError, match="cannot read the graph"):
        build_plan(b"no graph", trt, capabilities=("8.9",))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a driver")
def test_without_a_driver_a_plan_is_refused_in_words(trt: TensorRt) -> None:
    plan = build_plan(to_onnx(Sampling(), VOLUME).SerializeToString(), trt)
    with pytest.raises(EngineUnavailableError, match="there is no driver"):
        TensorRtEngine(plan, VOLUME, trt, device=torch.device("cpu"), stream=FakeStream())
