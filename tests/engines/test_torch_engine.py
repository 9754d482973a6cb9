"""PyTorch as an engine."""

import copy

import pytest
import torch
from torch.testing import assert_close

from liveportrait.engines.config import has_fast_bf16
from liveportrait.engines.protocol import Precision
from liveportrait.engines.self_test import TOLERANCES, example_inputs, relative_error
from liveportrait.engines.signatures import StageName, make_stages
from liveportrait.engines.torch_engine import TorchEngine
from liveportrait.networks.presets import TINY
from tests.random_networks import random_networks

CPU = torch.device("cpu")
STAGES = make_stages(random_networks(TINY))
RENDERER = STAGES["renderer"]


def open_renderer(precision: Precision = "fp32") -> TorchEngine:
    return TorchEngine(RENDERER.module, RENDERER.signature, precision=precision, device=CPU)


@pytest.mark.parametrize("name", STAGES)
def test_computes_what_the_network_computes(name: StageName) -> None:
    stage = STAGES[name]
    inputs = example_inputs(stage.signature)
    expected = stage.module(*stage.signature.in_order(inputs))
    expected = expected if isinstance(expected, tuple) else (expected,)
    engine = TorchEngine(stage.module, stage.signature, precision="fp32", device=CPU)
    assert_close(tuple(engine(inputs).values()), expected, rtol=1e-4, atol=1e-5)


def test_half_precision_stays_near_and_gives_fp32() -> None:
    inputs = example_inputs(RENDERER.signature)
    exact, rounded = open_renderer()(inputs)["image"], open_renderer("bf16")(inputs)["image"]
    assert rounded.dtype == torch.float32
    assert 0 < relative_error(rounded, exact) < TOLERANCES["bf16"]


def test_keypoints_are_not_rounded() -> None:
    inputs = example_inputs(RENDERER.signature)
    engine = open_renderer("bf16")
    nudged = {**inputs, "kp_driving": inputs["kp_driving"] + 2.0**-12}
    assert relative_error(engine(nudged)["image"], engine(inputs)["image"]) > 0


def test_inputs_and_the_callers_weights_stay_as_they_are() -> None:
    inputs = example_inputs(RENDERER.signature)
    before = {name: value.clone() for name, value in inputs.items()}
    weights = copy.deepcopy(RENDERER.module.state_dict())
    open_renderer("bf16")(inputs)
    assert_close(inputs, before, rtol=0, atol=0)
    for name, weight in RENDERER.module.state_dict().items():
        assert weight.dtype == weights[name].dtype
        assert weight.stride() == weights[name].stride()


def test_writes_into_the_callers_buffers() -> None:
    inputs = example_inputs(RENDERER.signature)
    buffer = torch.zeros(1, *RENDERER.signature.outputs[0].shape)
    engine = open_renderer()
    assert engine(inputs, outputs={"image": buffer})["image"] is buffer
    assert_close(buffer, engine(inputs)["image"])


def test_a_batch_is_its_items() -> None:
    first, second = (example_inputs(RENDERER.signature, seed=seed) for seed in (0, 1))
    together = {name: torch.cat((first[name], second[name])) for name in first}
    engine = open_renderer()
    expected = torch.cat((engine(first)["image"], engine(second)["image"]))
    assert_close(engine(together)["image"], expected, rtol=1e-4, atol=1e-5)


def test_says_whether_bf16_is_fast() -> None:
    assert has_fast_bf16(CPU) in (True, False)
    assert not has_fast_bf16(torch.device("mps"))
