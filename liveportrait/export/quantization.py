"""int8 and fp8 by explicit quantisation: every rounding stands in the graph, calibrated on real frames.

Only convolutions of features are quantised, weights for each channel, activations for each tensor,
both symmetric about zero, biases not at all: what TensorRT asks for. Whatever decides where a
pixel comes from stays as it was: keypoints, masks, occlusion, the fine path's flow, and the end of
the generator, which in small models chooses between moved and drawn pixels. Rounded, that choice
flips in spots, which a mean over the picture hides.

`mini` shows little of what is rounded in fp8: its pixels are moved more than drawn, and a tenth of noise on
all features of its SPADE blocks leaves the picture at 88 dB. So its fp8 is as near as its fp16, and what
its int8 loses it loses in the hourglass.
"""

import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from liveportrait.export.recording import Call

if TYPE_CHECKING:
    import onnx

Quantized = Literal["int8", "fp8"]

_QUANTIZED: dict[Quantized, tuple[str, ...]] = {
    "int8": ("spade_generator.", "warping_network.dense_motion.hourglass.", "warping_network.projection/"),
    # Three bits of mantissa move the masks that the hourglass' features end in: 17 dB with it.
    "fp8": ("spade_generator.",),
}

_KEPT = "spade_generator.output."

_INT8_STEPS = 127.0
_FP8_LARGEST = 448.0
"""Of E4M3, which has no infinity."""


def quantize(model: "onnx.ModelProto", calls: Sequence[Call], *, precision: Quantized) -> "onnx.ModelProto":
    """The graph with Q/DQ pairs around its convolutions; ranges are those that `calls` reach.

    fp8 has the ranges of int8, and keeps the weights unrounded in front of their pairs, as engines
    expect it.
    """
    names = quantized_nodes(model, precision)
    assert names and calls, "nothing to quantise, or nothing to calibrate with"
    in_int8 = _in_int8(model, calls, names, keeps_weights=precision == "fp8")
    return in_int8 if precision == "int8" else _in_fp8(in_int8)


def quantized_nodes(model: "onnx.ModelProto", precision: Quantized) -> list[str]:
    """Names of the convolutions of features."""
    return [
        node.name
        for node in model.graph.node
        if node.op_type in ("Conv", "ConvTranspose")
        and any(part in node.name for part in _QUANTIZED[precision])
        and _KEPT not in node.name
    ]


def _in_int8(
    model: "onnx.ModelProto", calls: Sequence[Call], names: list[str], *, keeps_weights: bool
) -> "onnx.ModelProto":
    import onnx
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Replay(CalibrationDataReader):
        def __init__(self) -> None:
            self._left = iter(calls)

        def get_next(self) -> Any:
            call = next(self._left, None)
            return None if call is None else {name: value.numpy() for name, value in call.items()}

    root, level = logging.getLogger(), logging.getLogger().level
    with tempfile.TemporaryDirectory(prefix="liveportrait-") as folder:
        plain, path = Path(folder) / "plain.onnx", Path(folder) / "quantized.onnx"
        onnx.save(model, plain)  # what it is given as an object, it changes
        root.setLevel(logging.ERROR)  # it logs advice to the root logger
        try:
            quantize_static(
                plain,
                path,
                Replay(),
                quant_format=QuantFormat.QDQ,
                op_types_to_quantize=["Conv", "ConvTranspose"],
                nodes_to_quantize=names,
                per_channel=True,
                activation_type=QuantType.QInt8,
                weight_type=QuantType.QInt8,
                extra_options={
                    "ActivationSymmetric": True,
                    "WeightSymmetric": True,
                    "QuantizeBias": False,
                    "AddQDQPairToWeight": keeps_weights,
                    "OpTypesToExcludeOutputQuantization": ["Conv", "ConvTranspose"],
                },
            )
        finally:
            root.setLevel(level)
        quantized = onnx.load(path)
    for part in (quantized, quantized.graph, *quantized.graph.node):
        del part.metadata_props[:]
    del quantized.graph.value_info[:]
    return quantized


def _in_fp8(model: "onnx.ModelProto") -> "onnx.ModelProto":
    """Scales and zero points of another type: the largest value of int8 becomes that of E4M3."""
    import onnx

    rounding = [node for node in model.graph.node if node.op_type in ("QuantizeLinear", "DequantizeLinear")]
    scales, zeros = ({node.input[place] for node in rounding} for place in (1, 2))
    for tensor in model.graph.initializer:
        if tensor.name in scales:
            values = onnx.numpy_helper.to_array(tensor)
            rescaled = (values * (_INT8_STEPS / _FP8_LARGEST)).astype(values.dtype)
            tensor.CopyFrom(onnx.numpy_helper.from_array(np.asarray(rescaled), tensor.name))
        elif tensor.name in zeros:
            zero = onnx.helper.make_tensor(
                tensor.name,
                onnx.TensorProto.FLOAT8E4M3FN,
                list(tensor.dims),
                bytes(max(1, int(np.prod(tensor.dims)))),
                raw=True,
            )
            tensor.CopyFrom(zero)
    return model
