"""Convert Google's `face_landmarker.task` to the three safetensors files in this folder.

    pip install tflite
    python weights/face/convert.py face_landmarker.task weights/face

The .task file is a zip of three TFLite graphs with fp16 weights. The PyTorch networks list
their parameters in the order in which the graphs use them, so the conversion walks both
side by side and checks every shape.
"""

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tflite
import torch
from safetensors.torch import save_file
from torch import nn

from liveportrait.networks.face_blendshape_network import FaceBlendshapeNetwork
from liveportrait.networks.face_detection_network import FaceDetectionNetwork
from liveportrait.networks.face_landmark_network import FaceLandmarkNetwork

ORIGIN = {
    "origin": "MediaPipe Face Landmarker (Google), face_landmarker.task, float16, version 1",
    "licence": "Apache-2.0",
}
UNUSED_HEAD_OP = 462
"""The landmark graph has a third head, whether the tongue is out, that its pipeline never reads."""

WEIGHTED_OPS = (
    tflite.BuiltinOperator.CONV_2D,
    tflite.BuiltinOperator.DEPTHWISE_CONV_2D,
    tflite.BuiltinOperator.PRELU,
    tflite.BuiltinOperator.MUL,
    tflite.BuiltinOperator.CONCATENATION,
)


def main(task_file: Path, folder: Path) -> None:
    """Write the three files."""
    with zipfile.ZipFile(task_file) as task:
        _convert(task.read("face_detector.tflite"), FaceDetectionNetwork(), folder / "detector.safetensors")
        _convert(
            task.read("face_landmarks_detector.tflite"),
            FaceLandmarkNetwork(),
            folder / "landmarks.safetensors",
            skip_op=UNUSED_HEAD_OP,
        )
        _convert(
            task.read("face_blendshapes.tflite"), FaceBlendshapeNetwork(), folder / "blendshapes.safetensors"
        )


def _convert(graph_bytes: bytes, network: nn.Module, target: Path, *, skip_op: int | None = None) -> None:
    state = network.state_dict()
    for (name, parameter), array in zip(state.items(), _weights(graph_bytes, skip_op=skip_op), strict=True):
        weight = torch.from_numpy(_in_torch_axes(array))
        if weight.squeeze().shape != parameter.squeeze().shape:
            raise SystemExit(f"{name}: expected {tuple(parameter.shape)}, the graph holds {array.shape}")
        state[name] = weight.reshape(parameter.shape)
    save_file(state, target, metadata=ORIGIN)


def _weights(graph_bytes: bytes, *, skip_op: int | None) -> Iterator[np.ndarray]:
    """The fp16 constants in order of use, without scalars and the all-zero biases."""
    model = tflite.Model.GetRootAsModel(graph_bytes, 0)
    graph = model.Subgraphs(0)
    stored_as = {}
    for index in range(graph.OperatorsLength()):
        op = graph.Operators(index)
        code = model.OperatorCodes(op.OpcodeIndex())
        kind = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        if kind == tflite.BuiltinOperator.DEQUANTIZE:
            stored_as[op.Outputs(0)] = op.Inputs(0)
        elif kind in WEIGHTED_OPS and index != skip_op:
            yield from _constants(model, [stored_as.get(i, i) for i in op.InputsAsNumpy().tolist()])


def _constants(model: tflite.Model, tensor_indices: list[int]) -> Iterator[np.ndarray]:
    for tensor in map(model.Subgraphs(0).Tensors, tensor_indices):
        data = model.Buffers(tensor.Buffer()).DataAsNumpy()
        if tensor.Type() == tflite.TensorType.FLOAT16 and tensor.ShapeLength() and not isinstance(data, int):
            array = np.frombuffer(data.tobytes(), np.float16).reshape(tensor.ShapeAsNumpy())
            if array.any():
                yield array


def _in_torch_axes(array: np.ndarray) -> np.ndarray:
    """TFLite stores kernels as (out, h, w, in), and depthwise ones as (1, h, w, channels)."""
    if array.ndim == 4 and array.shape[0] == 1 and array.shape[1:3] == (3, 3):
        return array.transpose(3, 0, 1, 2).copy()
    if array.ndim == 4:
        return array.transpose(0, 3, 1, 2).copy()
    return array.copy()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
