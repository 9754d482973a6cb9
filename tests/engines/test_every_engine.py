"""The same questions to every engine that is installed here, in every precision of a CPU."""

import copy
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from liveportrait.engines.catalogue import ENGINE_KINDS, EngineKind
from liveportrait.engines.protocol import Engine, Precision
from liveportrait.engines.self_test import TOLERANCES, example_inputs, relative_error
from liveportrait.engines.signatures import EXACT_STAGES, StageName, make_stages
from liveportrait.networks.presets import TINY
from tests.random_networks import random_networks

CPU = torch.device("cpu")
NETWORKS = random_networks(TINY)
TRAINED = make_stages(NETWORKS)
INPUTS = example_inputs(TRAINED["renderer"].signature)


@dataclass(frozen=True)
class Contestant:
    kind: EngineKind
    precision: Precision

    def open(self, name: StageName) -> Engine:
        stage = make_stages(self.kind.prepare(NETWORKS, self.precision))[name]
        return self.kind.open(stage.module, stage.signature, device=CPU, num_threads=1)

    def __str__(self) -> str:
        return f"{self.kind.name} {self.precision}"


CONTESTANTS = [
    Contestant(kind, precision)
    for kind in ENGINE_KINDS
    if kind.why_not(CPU) is None
    for precision in ("fp32", "bf16")
    if precision in kind.precisions(CPU) or kind.name == "torch"
]


@pytest.fixture(scope="module", params=CONTESTANTS, ids=str)
def contestant(request: pytest.FixtureRequest) -> Contestant:
    return request.param


@pytest.fixture(scope="module")
def renderer(contestant: Contestant) -> Engine:
    return contestant.open("renderer")


def expected_of(name: StageName, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    stage = TRAINED[name]
    with torch.inference_mode():
        outputs = stage.module(*stage.signature.in_order(inputs))
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    return dict(zip(stage.signature.output_names, outputs, strict=True))


def image_of(renderer: Engine, inputs: Mapping[str, Tensor]) -> Tensor:
    """A copy: results live until the next call."""
    return renderer(inputs)["image"].clone()


@pytest.mark.parametrize("name", TRAINED)
def test_computes_what_the_trained_network_computes(name: StageName, contestant: Contestant) -> None:
    engine = contestant.open(name)
    precision = "fp32" if name in EXACT_STAGES else contestant.precision
    for seed in (0, 1):
        inputs = example_inputs(engine.signature, seed=seed)
        outputs = engine(inputs)
        for output, wanted in expected_of(name, inputs).items():
            assert outputs[output].dtype == torch.float32
            assert relative_error(outputs[output], wanted) < TOLERANCES[precision]
    engine.close()


@pytest.mark.parametrize("name", TRAINED["renderer"].signature.input_names)
def test_every_input_has_its_own_place(name: str, renderer: Engine) -> None:
    """No two of them were swapped or merged when the network was converted."""
    changed = INPUTS | {name: 0.7 * INPUTS[name].flip(-1) + 0.1}
    difference = image_of(renderer, changed) - image_of(renderer, INPUTS)
    wanted = expected_of("renderer", changed)["image"] - expected_of("renderer", INPUTS)["image"]
    assert wanted.abs().max() > 1e-3
    assert relative_error(difference, wanted) < 0.3


def test_keypoints_are_not_rounded(renderer: Engine) -> None:
    nudged = INPUTS | {"kp_driving": INPUTS["kp_driving"] + 2.0**-12}
    difference = image_of(renderer, nudged) - image_of(renderer, INPUTS)
    assert difference.abs().max() > 0


def test_inputs_stay_as_they_are(renderer: Engine) -> None:
    before = {name: value.clone() for name, value in INPUTS.items()}
    renderer(INPUTS)
    assert_close(INPUTS, before, rtol=0, atol=0)


def test_inputs_need_not_be_contiguous(renderer: Engine) -> None:
    strided = {name: value.transpose(-1, -2).contiguous().transpose(-1, -2) for name, value in INPUTS.items()}
    assert_close(image_of(renderer, strided), image_of(renderer, INPUTS), rtol=1e-3, atol=1e-3)


def test_writes_into_the_callers_buffers(renderer: Engine) -> None:
    buffer = torch.zeros(1, *renderer.signature.outputs[0].shape)
    assert renderer(INPUTS, outputs={"image": buffer})["image"] is buffer
    assert_close(buffer, image_of(renderer, INPUTS))


def test_a_batch_is_its_items(renderer: Engine) -> None:
    second = example_inputs(renderer.signature, seed=1)
    together = {name: torch.cat((INPUTS[name], second[name])) for name in INPUTS}
    expected = torch.cat((image_of(renderer, INPUTS), image_of(renderer, second)))
    assert_close(image_of(renderer, together), expected, rtol=1e-3, atol=2e-3)


def test_each_thread_has_results_of_its_own(renderer: Engine) -> None:
    inputs = [example_inputs(renderer.signature, seed=seed) for seed in range(2)]
    expected = [image_of(renderer, one) for one in inputs]
    both_have_run = threading.Barrier(2, timeout=60)

    def run(one: Mapping[str, Tensor]) -> Tensor:
        image = renderer(one)["image"]
        both_have_run.wait()
        return image.clone()

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(run, inputs))
    assert_close(found, expected, rtol=1e-3, atol=1e-3)
    assert (expected[0] - expected[1]).abs().max() > 0.01


def test_it_may_be_closed_twice(contestant: Contestant) -> None:
    engine = contestant.open("stitching_network")
    engine(example_inputs(engine.signature))
    engine.close()
    engine.close()


def test_opening_leaves_the_callers_networks_alone(contestant: Contestant) -> None:
    before = copy.deepcopy(NETWORKS.state_dict())
    contestant.open("renderer").close()
    for name, weight in NETWORKS.state_dict().items():
        assert weight.dtype == before[name].dtype
        assert weight.stride() == before[name].stride()
        assert_close(weight, before[name], rtol=0, atol=0)
