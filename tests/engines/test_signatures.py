"""The table of stages says what the modules do."""

import pytest
import torch

from liveportrait.engines.self_test import example_inputs
from liveportrait.engines.signatures import Stage, make_signatures, make_stages
from liveportrait.networks.motion_extractor import MotionPrediction
from liveportrait.networks.presets import HUMAN, MINI, PRESETS, TINY, Preset
from tests.random_networks import random_networks

STAGES = make_stages(random_networks(TINY))


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_modules_return_what_the_table_says(stage: Stage) -> None:
    inputs = example_inputs(stage.signature)
    outputs = stage.module(*stage.signature.in_order(inputs))
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    assert [tuple(output.shape) for output in outputs] == [
        (1, *spec.shape) for spec in stage.signature.outputs
    ]


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_appearance_fits_the_renderer(preset: Preset) -> None:
    signatures = make_signatures(preset)
    made = signatures["appearance_feature_extractor"].outputs
    taken = signatures["renderer"].inputs
    assert set(made) <= set(taken)
    assert {spec.name for spec in set(taken) - set(made)} == {"kp_driving", "kp_source"}


def test_motion_keeps_the_order_of_the_prediction() -> None:
    assert make_signatures(TINY)["motion_extractor"].output_names == MotionPrediction._fields


def test_published_shapes() -> None:
    human = {spec.name: spec.shape for spec in make_signatures(HUMAN)["renderer"].inputs}
    assert human == {"volume": (32, 16, 64, 64), "kp_driving": (21, 3), "kp_source": (21, 3)}
    mini = {spec.name: spec.shape for spec in make_signatures(MINI)["appearance_feature_extractor"].outputs}
    assert mini["volume"] == (16, 8, 32, 32)
    assert mini["detail_2"] == (3, 256, 256)


@pytest.mark.parametrize("fault", ["missing", "unknown", "misshapen"])
def test_wrong_inputs_are_named(fault: str) -> None:
    signature = STAGES["renderer"].signature
    inputs = example_inputs(signature)
    match fault:
        case "missing":
            del inputs["kp_source"]
        case "unknown":
            inputs["kp_sauce"] = inputs["kp_source"]
        case _:
            inputs["kp_source"] = torch.zeros(1, 20, 3)
    with pytest.raises(AssertionError, match="kp_sauce|kp_source"):
        signature.in_order(inputs)
