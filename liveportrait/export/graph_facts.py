"""What can be read off an ONNX graph: what it is called, in which precision it computes, how much."""

import hashlib
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import onnx

FULL_PRECISION_OPERATIONS = frozenset(
    {
        "GridSample",
        "Softmax",
        "InstanceNormalization",
        "LayerNormalization",
        "ReduceL2",
        "ReduceMean",
        "Exp",
        "Log",
    }
)
"""Coordinates, statistics of norms, softmax: never below fp32."""

_TYPE_NAMES = {
    "FLOAT": "fp32",
    "FLOAT16": "fp16",
    "BFLOAT16": "bf16",
    "INT8": "int8",
    "UINT8": "int8",
    "FLOAT8E4M3FN": "fp8",
}

_PRODUCTS = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul"})


class Kind(NamedTuple):
    """Type and shape of a tensor in a graph."""

    precision: str
    shape: tuple[int, ...]


def graph_hash(model: "onnx.ModelProto") -> str:
    """sha256 of the operations, names, shapes and types; the same for other weights of one network."""
    return hashlib.sha256(_skeleton(model).SerializeToString(deterministic=True)).hexdigest()


def weights_hash(model: "onnx.ModelProto") -> str:
    """sha256 of all constants, in the order of their names."""
    digest = hashlib.sha256()
    for constant in sorted(model.graph.initializer, key=lambda tensor: tensor.name):
        digest.update(constant.SerializeToString(deterministic=True))
    return digest.hexdigest()


def product_precisions(model: "onnx.ModelProto") -> dict[str, str]:
    """The type that each convolution and matrix product computes in, by the names of the nodes."""
    kinds = value_kinds(model)
    made_by = {output: node for node in model.graph.node for output in node.output}
    return {
        node.name: _computes_in(node, made_by, kinds)
        for node in model.graph.node
        if node.op_type in _PRODUCTS
    }


def low_precision_faults(model: "onnx.ModelProto") -> list[str]:
    """Operations that must be in fp32 and are not, in words; none in a sound graph."""
    kinds = value_kinds(model)
    return [
        f"{node.name} computes in {kinds[name].precision}"
        for node in model.graph.node
        if node.op_type in FULL_PRECISION_OPERATIONS
        for name in node.input[:2]
        if name in kinds and kinds[name].precision in ("fp16", "bf16", "int8", "fp8")
    ]


def count_macs(model: "onnx.ModelProto") -> int:
    """Multiply-accumulates of one run: convolutions and matrix products, as the graph has them."""
    kinds = value_kinds(model)
    return sum(_macs(node, kinds) for node in model.graph.node if node.op_type in _PRODUCTS)


def value_kinds(model: "onnx.ModelProto") -> dict[str, Kind]:
    """Type and shape of every tensor in the graph, by its name."""
    import onnx

    inferred = onnx.shape_inference.infer_shapes(_skeleton(model), strict_mode=True, data_prop=True).graph
    kinds = {
        value.name: Kind(
            _type_name(value.type.tensor_type.elem_type),
            tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim),
        )
        for value in (*inferred.value_info, *inferred.input, *inferred.output)
    }
    return kinds | {
        tensor.name: Kind(_type_name(tensor.data_type), tuple(tensor.dims))
        for tensor in model.graph.initializer
    }


def _skeleton(model: "onnx.ModelProto") -> "onnx.ModelProto":
    """The model without its weights, which become inputs; what shapes follow from stays."""
    import onnx

    skeleton = onnx.ModelProto(ir_version=model.ir_version)
    skeleton.opset_import.extend(model.opset_import)
    graph = skeleton.graph
    graph.name = model.graph.name
    graph.node.extend(model.graph.node)
    graph.output.extend(model.graph.output)
    graph.input.extend(model.graph.input)
    scales = {name for node in graph.node if node.op_type == "Resize" for name in node.input[1:]}
    for tensor in model.graph.initializer:
        if tensor.name in scales or tensor.data_type == onnx.TensorProto.INT64:
            graph.initializer.append(tensor)
        else:
            graph.input.append(onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims))
    return skeleton


def _computes_in(
    node: "onnx.NodeProto",
    made_by: Mapping[str, "onnx.NodeProto"],
    kinds: Mapping[str, Kind],
) -> str:
    """A product between dequantised tensors runs in the type that they had before."""
    makers = [made_by[name] for name in node.input[:2] if name in made_by]
    dequantised = [maker for maker in makers if maker.op_type == "DequantizeLinear"]
    before = dequantised[0] if len(dequantised) == 2 else node
    return kinds[before.input[0]].precision


def _macs(node: "onnx.NodeProto", kinds: Mapping[str, Kind]) -> int:
    given, weight, made = (kinds[name].shape for name in (*node.input[:2], node.output[0]))
    assert all((*given, *weight, *made)), f"the size of {node.name} does not follow from the graph"
    match node.op_type:
        case "Conv":
            return math.prod(made) * math.prod(weight[1:])
        case "ConvTranspose":
            return math.prod(given) * math.prod(weight[1:])
        case _:
            return math.prod(made) * given[-1]


def _type_name(elem_type: int) -> str:
    import onnx

    name = onnx.TensorProto.DataType.Name(elem_type)
    return _TYPE_NAMES.get(name, name.lower())
