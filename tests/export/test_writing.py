"""An export is whole, computes what the networks compute, and says what it is."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor

from liveportrait.engines.export_manifest import ExportManifest, read_manifest
from liveportrait.engines.self_test import TOLERANCES, example_inputs, relative_error
from liveportrait.engines.signatures import Stage, make_stages
from liveportrait.errors import EngineUnavailableError, MediaError, SettingError
from liveportrait.export import writing
from liveportrait.export.animated_frame import make_animated_frame
from liveportrait.export.config import EXPORT_STAGES, ExportConfig, ExportStageName
from liveportrait.export.graph_facts import value_kinds
from liveportrait.export.parity import count_rendering_macs
from liveportrait.export.writing import export_stages
from liveportrait.networks.deployment.optimize import optimize
from liveportrait.networks.presets import TINY, PortraitNetworks
from tests.random_networks import random_networks

SMALL = ExportConfig(stages=("stitching_network",))

VARIANTS = [
    ExportConfig(precision="fp16", stages=("renderer",)),
    ExportConfig(sampling="atlas", stages=("renderer",)),
    ExportConfig(batch_size=2, stages=("renderer",)),
]


@pytest.fixture(scope="module")
def trained(networks: PortraitNetworks) -> dict[str, Stage]:
    return {**make_stages(networks), "animated_frame": make_animated_frame(networks)}


def inputs_of(stage: Stage, *, batch_size: int = 1) -> dict[str, Tensor]:
    """All different, as `example_inputs`; scales stay away from zero, since one divides by another."""
    items = [example_inputs(stage.signature, seed=item) for item in range(batch_size)]
    inputs = {name: torch.cat([item[name] for item in items]) for name in items[0]}
    return {name: value + 1.5 if name.endswith("scale") else value for name, value in inputs.items()}


def expected_of(stage: Stage, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    with torch.inference_mode():
        results = stage.module(*stage.signature.in_order(inputs))
    results = results if isinstance(results, tuple) else (results,)
    return dict(zip(stage.signature.output_names, results, strict=True))


def run(file: Path, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    results = session.run(names, {name: value.numpy() for name, value in inputs.items()})
    return {name: torch.from_numpy(result) for name, result in zip(names, results, strict=True)}


def assert_right(stage: Stage, file: Path, *, batch_size: int, tolerance: float) -> None:
    inputs = inputs_of(stage, batch_size=batch_size)
    found = run(file, inputs)
    for output, wanted in expected_of(stage, inputs).items():
        assert found[output].shape == wanted.shape
        assert relative_error(found[output], wanted) < tolerance, output


@pytest.mark.parametrize("name", EXPORT_STAGES)
def test_computes_what_the_trained_network_computes(
    name: ExportStageName, plain_export: Path, trained: dict[str, Stage]
) -> None:
    assert_right(trained[name], plain_export / f"{name}.onnx", batch_size=1, tolerance=TOLERANCES["fp32"])


@pytest.mark.parametrize("config", VARIANTS, ids=lambda c: f"{c.precision} {c.sampling} {c.batch_size}")
def test_so_does_every_variant(
    config: ExportConfig, networks: PortraitNetworks, trained: dict[str, Stage], tmp_path: Path
) -> None:
    manifest = export_stages(networks, tmp_path / "new", config=config)
    tolerance = TOLERANCES["fp16" if config.precision == "fp16" else "fp32"]
    file = tmp_path / "new" / "renderer.onnx"
    assert_right(trained["renderer"], file, batch_size=config.batch_size, tolerance=tolerance)
    graph = onnx.load(file)
    kinds = value_kinds(graph)
    ranks = {len(kinds[node.input[0]].shape) for node in graph.graph.node if node.op_type == "GridSample"}
    assert ranks == ({4} if config.sampling == "atlas" else {4, 5})
    assert manifest.stages["renderer"].opset >= 20


def test_names_and_shapes_are_those_of_the_signature(plain_export: Path, trained: dict[str, Stage]) -> None:
    for name, entry in read_manifest(plain_export).stages.items():
        graph = onnx.load(plain_export / entry.file).graph
        assert entry.signature == trained[name].signature
        ends = ((entry.signature.inputs, graph.input), (entry.signature.outputs, graph.output))
        for specs, values in ends:
            for spec, value in zip(specs, values, strict=True):
                kind = value.type.tensor_type
                assert kind.elem_type == onnx.TensorProto.FLOAT
                shape = tuple(dim.dim_value for dim in kind.shape.dim)
                assert (value.name, shape) == (spec.name, (1, *spec.shape))


@pytest.mark.parametrize("name", ["renderer", "animated_frame"])
def test_every_input_has_its_own_place(
    name: ExportStageName, plain_export: Path, trained: dict[str, Stage]
) -> None:
    """No two of them were swapped or merged: each by itself moves the result as it moves the network's."""
    stage, file = trained[name], plain_export / f"{name}.onnx"
    inputs = inputs_of(stage)
    before, wanted_before = run(file, inputs), expected_of(stage, inputs)
    for changed in stage.signature.input_names:
        others = inputs | {changed: 0.7 * inputs[changed].flip(-1) + 0.1}
        found = run(file, others)["image"] - before["image"]
        wanted = expected_of(stage, others)["image"] - wanted_before["image"]
        assert wanted.abs().max() > 1e-4, changed
        assert relative_error(found, wanted) < 0.01, changed


def test_graphs_do_not_depend_on_weights_and_files_do(networks: PortraitNetworks, tmp_path: Path) -> None:
    config = ExportConfig(stages=("stitching_network", "appearance_feature_extractor"))
    first = export_stages(networks, tmp_path / "first", config=config)
    again = export_stages(networks, tmp_path / "again", config=config)
    other = export_stages(random_networks(TINY, seed=1), tmp_path / "other", config=config)
    assert again == first
    for name, stage in first.stages.items():
        assert other.stages[name].graph_hash == stage.graph_hash
        assert other.stages[name].weights_hash != stage.weights_hash
        assert other.stages[name].sha256 != stage.sha256


def test_nothing_of_this_machine_is_in_a_file(plain_export: Path) -> None:
    for path in plain_export.iterdir():
        data = path.read_bytes()
        assert str(Path(__file__).parents[2]).encode() not in data
        assert b".py" not in data


def test_the_manifest_counts_what_the_networks_compute(
    networks: PortraitNetworks, plain_export: Path
) -> None:
    """As PyTorch counts it, in the deployed form."""
    stages = read_manifest(plain_export).stages
    assert stages["renderer"].macs == count_rendering_macs(optimize(networks))


def test_half_precision_is_that_of_features_alone(networks: PortraitNetworks, tmp_path: Path) -> None:
    """`export_stages` itself refuses graphs with norms, softmax or coordinates below fp32."""
    config = ExportConfig(precision="bf16", stages=("stitching_network", "renderer"))
    stages = export_stages(networks, tmp_path / "new", config=config).stages
    assert set(stages["stitching_network"].precisions.values()) == {"fp32"}
    renderer = stages["renderer"].precisions
    assert renderer["spade_generator.input/Conv"] == "bf16"
    assert renderer["warping_network.dense_motion.hourglass.first/Conv"] == "bf16"
    assert renderer["warping_network.dense_motion/MatMul"] == "fp32"  # the shifts of keypoints
    assert sum(kind == "bf16" for kind in renderer.values()) > 0.8 * len(renderer)


def test_a_folder_in_use_stays_as_it_is(networks: PortraitNetworks, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(SettingError, match="in use"):
        export_stages(networks, tmp_path, config=SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_failed_export_leaves_nothing(
    networks: PortraitNetworks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(manifest: ExportManifest, folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "write_manifest", fail)
    with pytest.raises(MediaError, match="no space left"):
        export_stages(networks, tmp_path / "new", config=SMALL)
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_installed_is_named(
    networks: PortraitNetworks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "why_no_onnxruntime", lambda _device: "pip install 'liveportrait[onnx]'.")
    with pytest.raises(EngineUnavailableError, match=r"liveportrait\[onnx\]"):
        export_stages(networks, tmp_path / "new", config=SMALL)


@pytest.mark.parametrize(
    "faulty",
    [
        {"batch_size": 0},
        {"batch_size": 2, "precision": "int8"},
        {"stages": ()},
        {"stages": ("renderer", "renderer")},
    ],
)
def test_faulty_settings_are_refused(faulty: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match=next(iter(faulty))):
        ExportConfig(**faulty)


def test_quantisation_without_frames_is_refused(networks: PortraitNetworks, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="calibrated on frames"):
        export_stages(networks, tmp_path / "new", config=ExportConfig(precision="int8"))


def test_the_manifest_says_whose_the_weights_are(networks: PortraitNetworks, tmp_path: Path) -> None:
    manifest = export_stages(networks, tmp_path / "new", config=SMALL)
    facts = json.loads((tmp_path / "new" / "manifest.json").read_text())
    assert (facts["model"], facts["licence"], facts["commercial_use"]) == (
        "tiny",
        "LicenseRef-Unknown",
        False,
    )
    assert read_manifest(tmp_path / "new") == manifest
