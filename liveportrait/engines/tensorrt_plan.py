"""From an ONNX graph to a plan: what a TensorRT package deserialises and runs.

Graphs are strongly typed: every tensor has the precision that the graph gives it, and int8 is
where the graph quantises. TensorRT-RTX needs no GPU for this.
"""

from collections.abc import Sequence
from typing import Any

from liveportrait.engines.tensorrt_package import Capability, TensorRt
from liveportrait.errors import EngineUnavailableError, SettingError


def build_plan(onnx: bytes, trt: TensorRt, *, capabilities: Sequence[Capability] = ()) -> bytes:
    """The plan of a graph, for cards of these compute capabilities, or for the card that is here.

    Raises:
        EngineUnavailableError: when the graph cannot be converted; the package's own words say why.
        SettingError: when a package that builds for its own card only is asked for others.
    """
    module = trt.module
    builder = module.Builder(trt.logger)
    # TensorRT 11 knows no other networks and ignores the flag.
    network = builder.create_network(1 << int(module.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    _parse(onnx, network, trt)
    config = builder.create_builder_config()
    # fp32 is for coordinates: ten bits of mantissa would make keypoints tremble.
    config.clear_flag(module.BuilderFlag.TF32)
    _aim(config, trt, capabilities)
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        raise EngineUnavailableError(
            f"{trt.name} {trt.version} read the graph and could not build it; its log says why (-v)."
        )
    return bytes(plan)


def _parse(onnx: bytes, network: Any, trt: TensorRt) -> None:
    parser = trt.module.OnnxParser(network, trt.logger)
    if parser.parse(onnx):
        return
    faults = [parser.get_error(index) for index in range(parser.num_errors)]
    told = "; ".join(f"{_place(fault)}: {fault.desc()}" for fault in faults)
    raise EngineUnavailableError(f"{trt.name} {trt.version} cannot read the graph: {told}")


def _place(fault: Any) -> str:
    return " ".join(filter(None, (fault.node_operator(), fault.node_name()))) or "graph"


def _aim(config: Any, trt: TensorRt, capabilities: Sequence[Capability]) -> None:
    if not capabilities:
        return
    if not trt.builds_for_other_cards:
        raise SettingError(
            f"{trt.name} builds for the card that it runs on, not for {', '.join(capabilities)}; name no "
            "capabilities, or build with tensorrt-rtx."
        )
    known = trt.module.ComputeCapability
    config.num_compute_capabilities = len(capabilities)
    for index, capability in enumerate(capabilities):
        config.set_compute_capability(getattr(known, f"SM{capability.replace('.', '')}"), index)
