"""From a module to an ONNX graph: what onnxruntime runs and what `liveportrait export` writes.

By PyTorch's exporter on top of `torch.export`. Shapes are fixed, so whatever follows from them is
computed beforehand: the renderer becomes 360 operations, of which the older, tracing exporter makes
1,100, and every operation knows which part of the network it comes from.
"""

import ast
import itertools
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import nn

from liveportrait.engines.protocol import Signature

if TYPE_CHECKING:
    import onnx

OPSET = 20
"""The first with 3D sampling (`GridSample` of five axes)."""

BF16_OPSET = 22
"""The first whose convolutions take bf16."""


def to_onnx(
    module: nn.Module, signature: Signature, *, batch_size: int = 1, opset: int = OPSET
) -> "onnx.ModelProto":
    """The module as it computes, with the names and the order of its signature.

    Nodes are named after the part of the network that they come from:
    `warping_network.dense_motion.mask.slices/Conv`. Nothing of this machine is in it, so the same
    module makes the same bytes.
    """
    # Each a tensor of its own: one that is passed twice would become one input.
    examples = tuple(torch.rand(batch_size, *spec.shape) for spec in signature.inputs)
    with torch.no_grad(), _quiet():
        program = torch.onnx.export(
            module.eval(),
            examples,
            dynamo=True,
            opset_version=opset,
            input_names=signature.input_names,
            output_names=signature.output_names,
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    _name_by_scope(model)
    _forget_origin(model)
    model.graph.name = signature.name
    return model


def _name_by_scope(model: "onnx.ModelProto") -> None:
    taken: set[str] = set()
    for node in model.graph.node:
        wanted = f"{_scope(node)}/{node.op_type}"
        candidates = itertools.chain([wanted], (f"{wanted}_{number}" for number in itertools.count(1)))
        node.name = next(name for name in candidates if name not in taken)
        taken.add(node.name)


def _scope(node: "onnx.NodeProto") -> str:
    """The path of the module that the operation stands in; empty for the outermost."""
    for entry in node.metadata_props:
        if entry.key == "pkg.torch.onnx.name_scopes":
            *modules, _operation = ast.literal_eval(entry.value)
            return modules[-1] if modules else ""
    return ""


def _forget_origin(model: "onnx.ModelProto") -> None:
    """Stack traces and paths of this machine; shapes of inner tensors, which every reader infers."""
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.initializer, *graph.input, *graph.output):
        del part.metadata_props[:]
        part.doc_string = ""
    del graph.value_info[:]


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what the exporter says of its own parts: torchvision is missing, a type is deprecated."""
    registry = logging.getLogger("torch.onnx._internal.exporter._registration")
    level = registry.level
    registry.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        registry.setLevel(level)
