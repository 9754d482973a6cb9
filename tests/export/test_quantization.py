"""Features are rounded, coordinates are not, and the ranges come from the frames."""

from collections import Counter

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from liveportrait.engines.onnx_conversion import to_onnx
from liveportrait.engines.onnxruntime_engine import NOT_FOR_FP8
from liveportrait.engines.signatures import Stage, make_stages
from liveportrait.export.graph_facts import count_macs, low_precision_faults, product_precisions
from liveportrait.export.parity import psnr_db
from liveportrait.export.quantization import Quantized, quantize
from liveportrait.export.recording import Recording
from liveportrait.networks.deployment.optimize import optimize
from liveportrait.networks.presets import PortraitNetworks


@pytest.fixture(scope="module")
def renderer(networks: PortraitNetworks) -> Stage:
    return make_stages(networks)["renderer"]


@pytest.fixture(scope="module")
def plain(networks: PortraitNetworks) -> onnx.ModelProto:
    """In fp16, as for a GPU."""
    deployed = make_stages(optimize(networks, feature_dtype=torch.float16))["renderer"]
    return to_onnx(deployed.module, deployed.signature)


@pytest.fixture(scope="module", params=["int8", "fp8"])
def quantized(
    request: pytest.FixtureRequest, plain: onnx.ModelProto, recording: Recording
) -> tuple[Quantized, onnx.ModelProto]:
    return request.param, quantize(plain, recording["renderer"], precision=request.param)


def test_the_picture_stays_what_it_was(
    quantized: tuple[Quantized, onnx.ModelProto], renderer: Stage, recording: Recording
) -> None:
    session = onnxruntime.InferenceSession(
        quantized[1].SerializeToString(),
        providers=["CPUExecutionProvider"],
        disabled_optimizers=list(NOT_FOR_FP8),
    )
    for call in recording["renderer"]:
        (found,) = session.run(["image"], {name: value.numpy() for name, value in call.items()})
        with torch.inference_mode():
            (wanted,) = renderer.module(*renderer.signature.in_order(call))
        assert psnr_db(torch.from_numpy(found), wanted) > 30


def test_features_are_rounded_and_what_decides_on_places_is_not(
    quantized: tuple[Quantized, onnx.ModelProto], plain: onnx.ModelProto
) -> None:
    precision, model = quantized
    onnx.checker.check_model(model, full_check=True)
    assert low_precision_faults(model) == []
    before, after = product_precisions(plain), product_precisions(model)
    assert before.keys() == after.keys()
    rounded = {name for name, kind in after.items() if kind == precision}
    assert "spade_generator.input/Conv" in rounded
    in_hourglass = "warping_network.dense_motion.hourglass.up_convs.0/ConvTranspose" in rounded
    assert in_hourglass is (precision == "int8")
    for name in rounded:
        assert "detail_warp" not in name and "spade_generator.output" not in name
        assert "dense_motion.mask" not in name and "dense_motion.occlusion" not in name
    for name in after.keys() - rounded:
        assert after[name] == before[name]
    assert count_macs(model) == count_macs(plain)


def test_rounding_is_as_tensorrt_wants_it(quantized: tuple[Quantized, onnx.ModelProto]) -> None:
    """Symmetric: all zero points are zero. Weights for each channel, activations for each tensor."""
    precision, model = quantized
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    wanted = {"int8": onnx.TensorProto.INT8, "fp8": onnx.TensorProto.FLOAT8E4M3FN}[precision]
    ranks: Counter[int] = Counter()
    for node in model.graph.node:
        if node.op_type in ("QuantizeLinear", "DequantizeLinear"):
            zero, scale = constants[node.input[2]], constants[node.input[1]]
            assert zero.data_type == wanted
            assert not np.asarray(onnx.numpy_helper.to_array(zero)).astype(np.float32).any()
            assert (onnx.numpy_helper.to_array(scale) > 0).all()
            ranks[len(scale.dims)] += 1
    assert ranks[0] and ranks[1]


def test_the_given_graph_stays_as_it_is(plain: onnx.ModelProto, recording: Recording) -> None:
    before = plain.SerializeToString(deterministic=True)
    quantize(plain, recording["renderer"][:1], precision="int8")
    assert plain.SerializeToString(deterministic=True) == before


def test_ranges_come_from_the_frames(plain: onnx.ModelProto, recording: Recording) -> None:
    """What is sampled from a volume three times as large reaches three times as far."""
    (first, *_) = recording["renderer"]
    louder = {**first, "volume": 3 * first["volume"]}
    once, thrice = (
        _scale_in_front_of("warping_network.projection/Conv", quantize(plain, [call], precision="int8"))
        for call in (first, louder)
    )
    assert thrice > 2 * once


def _scale_in_front_of(name: str, model: onnx.ModelProto) -> float:
    (conv,) = (node for node in model.graph.node if node.name == name)
    (rounding,) = (node for node in model.graph.node if node.output[0] == conv.input[0])
    (scale,) = (tensor for tensor in model.graph.initializer if tensor.name == rounding.input[1])
    return float(onnx.numpy_helper.to_array(scale))
