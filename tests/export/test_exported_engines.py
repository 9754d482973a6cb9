"""Exported graphs in place of networks: what runs them, and what is refused."""

import logging
from pathlib import Path

import pytest
import torch

from liveportrait.engines import openvino_engine
from liveportrait.engines.config import EngineConfig
from liveportrait.engines.export_manifest import ExportedGraph, read_manifest
from liveportrait.engines.exported_networks import read_stage
from liveportrait.engines.onnx_conversion import to_onnx
from liveportrait.engines.opening import open_engines
from liveportrait.engines.openvino_engine import open_openvino_graph
from liveportrait.engines.self_test import self_test
from liveportrait.engines.signatures import StageName, make_stages
from liveportrait.errors import EngineUnavailableError, SettingError
from liveportrait.export.config import ExportConfig
from liveportrait.export.parity import exported_candidates, psnr_db
from liveportrait.export.quantization import quantize
from liveportrait.export.recording import Recording
from liveportrait.export.writing import export_stages
from liveportrait.networks.deployment.optimize import optimize
from liveportrait.networks.presets import TINY, PortraitNetworks
from liveportrait.ops.atlas import sample_volume_in_atlas
from tests.random_networks import random_networks

CPU = torch.device("cpu")

needs_openvino = pytest.mark.skipif(
    openvino_engine.why_no_openvino(CPU) is not None, reason="NOT RUN: OpenVINO is not installed"
)


def graph_of(folder: Path, name: StageName) -> ExportedGraph:
    return read_stage(folder, read_manifest(folder), name)


def refuse(_graph: ExportedGraph) -> None:
    raise AssertionError("read again")


@needs_openvino
def test_auto_runs_an_export_on_an_engine_that_can(
    networks: PortraitNetworks, plain_export: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its volumes are sampled natively, so it is not OpenVINO's."""
    with caplog.at_level(logging.INFO):
        engines = open_engines(
            networks, config=EngineConfig(exported=plain_export, device="cpu", num_threads=1)
        )
    assert (engines.engine, engines.precision) == ("onnxruntime", "fp32")
    assert "OpenVINO has no 3D sampling" in caplog.text
    assert engines.stages.keys() == make_stages(networks).keys()
    engines.close()


def test_an_export_of_other_weights_is_refused(plain_export: Path) -> None:
    config = EngineConfig(exported=plain_export, engine="onnxruntime", device="cpu", num_threads=1)
    with pytest.raises(EngineUnavailableError, match="computes wrongly"):
        open_engines(random_networks(TINY), config=config)


def test_an_export_of_some_stages_is_refused(networks: PortraitNetworks, tmp_path: Path) -> None:
    export_stages(networks, tmp_path / "new", config=ExportConfig(stages=("lip_network",)))
    with pytest.raises(SettingError, match=r"holds lip_network of .* all its stages are needed"):
        open_engines(networks, config=EngineConfig(exported=tmp_path / "new", device="cpu"))


def test_an_engine_that_reads_no_graphs_is_refused(networks: PortraitNetworks, plain_export: Path) -> None:
    config = EngineConfig(exported=plain_export, engine="torch", device="cpu")
    with pytest.raises(
        SettingError, match="torch reads no exported graphs; choose auto or one of .*onnxruntime"
    ):
        open_engines(networks, config=config)


def test_an_export_has_a_precision_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="an export has its own"):
        EngineConfig(exported=tmp_path, precision="bf16")


@needs_openvino
def test_openvino_computes_in_int8_what_a_graph_quantises(
    networks: PortraitNetworks, recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the same from its cache."""
    monkeypatch.setenv("LIVEPORTRAIT_CACHE", str(tmp_path))
    trained = make_stages(networks)["renderer"]
    deployed = make_stages(optimize(networks, sample_volume=sample_volume_in_atlas))["renderer"]
    model = quantize(to_onnx(deployed.module, deployed.signature), recording["renderer"], precision="int8")
    graph = ExportedGraph(
        content=model.SerializeToString(), signature=trained.signature, precision="int8", sampling="atlas"
    )
    made = open_openvino_graph(graph, device=CPU, num_threads=1)
    assert made._compiled is not None
    facts = [operation.get_rt_info() for operation in made._compiled.get_runtime_model().get_ordered_ops()]
    in_int8 = [fact for fact in facts if fact["runtimePrecision"].astype(str) in ("i8", "u8")]
    assert sum(fact["layerType"].astype(str) == "Convolution" for fact in in_int8) > 5
    assert self_test(made, trained.module, precision="int8") is None
    monkeypatch.setattr(openvino_engine, "_read", refuse)
    loaded = open_openvino_graph(graph, device=CPU, num_threads=1)
    for call in recording["renderer"]:
        with torch.inference_mode():
            (wanted,) = trained.module(*trained.signature.in_order(call))
        for engine in (made, loaded):
            assert psnr_db(engine(call)["image"], wanted) > 30


@needs_openvino
def test_openvino_reads_pictures_and_what_passes_through(
    networks: PortraitNetworks, plain_export: Path
) -> None:
    """The appearance's last detail is the picture itself; no volume is sampled there."""
    graph = graph_of(plain_export, "appearance_feature_extractor")
    as_atlas = ExportedGraph(
        content=graph.content, signature=graph.signature, precision="fp32", sampling="atlas"
    )
    engine = open_openvino_graph(as_atlas, device=CPU, num_threads=1)
    trained = make_stages(networks)["appearance_feature_extractor"]
    assert self_test(engine, trained.module, precision="fp32") is None


@needs_openvino
def test_parity_asks_every_reader(plain_export: Path) -> None:
    (only,) = exported_candidates(plain_export)
    assert "by onnxruntime" in only.label
