"""An export is whole, computes what the networks compute, and says what it is."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor

from liveportrait.engines.self_test import TOLERANCES, example_inputs, relative_error
from liveportrait.engines.signatures import Stage, make_stages
from liveportrait.errors import SettingError, WeightsError
from liveportrait.export.animated_frame import make_animated_frame
from liveportrait.export.config import EXPORT_STAGES, ExportConfig, ExportPrecision, ExportStageName
from liveportrait.export.manifest import FILE_NAME, ExportManifest, read_manifest
from liveportrait.export.writing import export_stages
from liveportrait.networks.presets import TINY
from tests.random_networks import random_networks

NETWORKS = random_networks(TINY)
TRAINED: dict[ExportStageName, Stage] = {
    **make_stages(NETWORKS),
    "animated_frame": make_animated_frame(NETWORKS),
}
CONFIGS = [
    ExportConfig(),
    ExportConfig(precision="fp16"),
    ExportConfig(sampling="atlas", stages=("renderer",)),
    ExportConfig(batch_size=2, stages=("renderer", "motion_extractor")),
]


@pytest.fixture(scope="module", params=CONFIGS, ids=lambda c: f"{c.precision} {c.sampling} {c.batch_size}")
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "new"
    export_stages(NETWORKS, folder, config=request.param)
    return folder


def inputs_of(stage: Stage, *, batch_size: int, seed: int = 0) -> dict[str, Tensor]:
    """All different, as `example_inputs`; scales stay away from zero, since one divides by another."""
    items = [example_inputs(stage.signature, seed=seed + item) for item in range(batch_size)]
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


def test_every_file_computes_what_the_trained_network_computes(folder: Path) -> None:
    manifest = read_manifest(folder)
    tolerance = TOLERANCES["fp16" if manifest.precision == "fp16" else "fp32"]
    for name in manifest.stages:
        stage = TRAINED[name]
        inputs = inputs_of(stage, batch_size=manifest.batch_size)
        found = run(folder / manifest.stages[name].file, inputs)
        for output, wanted in expected_of(stage, inputs).items():
            assert relative_error(found[output], wanted) < tolerance, (name, output)


def test_names_and_shapes_are_those_of_the_signature(folder: Path) -> None:
    manifest = read_manifest(folder)
    for name, entry in manifest.stages.items():
        graph = onnx.load(folder / entry.file).graph
        assert entry.signature == TRAINED[name].signature
        for specs, values in (
            (entry.signature.inputs, graph.input),
            (entry.signature.outputs, graph.output),
        ):
            for spec, value in zip(specs, values, strict=True):
                kind = value.type.tensor_type
                assert kind.elem_type == onnx.TensorProto.FLOAT
                shape = tuple(dim.dim_value for dim in kind.shape.dim)
                assert (value.name, shape) == (spec.name, (manifest.batch_size, *spec.shape))


@pytest.mark.parametrize("name", ["renderer", "animated_frame"])
def test_every_input_has_its_own_place(name: ExportStageName, tmp_path: Path) -> None:
    """No two of them were swapped or merged: each by itself moves the result as it moves the network's."""
    export_stages(NETWORKS, tmp_path / "new", config=ExportConfig(stages=(name,)))
    stage = TRAINED[name]
    inputs = inputs_of(stage, batch_size=1)
    before, wanted_before = run(tmp_path / "new" / f"{name}.onnx", inputs), expected_of(stage, inputs)
    for changed in stage.signature.input_names:
        others = inputs | {changed: 0.7 * inputs[changed].flip(-1) + 0.1}
        found = run(tmp_path / "new" / f"{name}.onnx", others)["image"] - before["image"]
        wanted = expected_of(stage, others)["image"] - wanted_before["image"]
        assert wanted.abs().max() > 1e-4, changed
        assert relative_error(found, wanted) < 0.01, changed


def test_the_graphs_do_not_depend_on_the_weights_and_the_files_do(tmp_path: Path) -> None:
    config = ExportConfig(stages=("stitching_network", "appearance_feature_extractor"))
    first = export_stages(NETWORKS, tmp_path / "first", config=config)
    again = export_stages(NETWORKS, tmp_path / "again", config=config)
    other = export_stages(random_networks(TINY, seed=1), tmp_path / "other", config=config)
    assert again == first
    for name, stage in first.stages.items():
        assert other.stages[name].graph_hash == stage.graph_hash
        assert other.stages[name].weights_hash != stage.weights_hash
        assert other.stages[name].sha256 != stage.sha256


def test_nothing_of_this_machine_is_in_a_file(tmp_path: Path) -> None:
    export_stages(NETWORKS, tmp_path / "new", config=ExportConfig(stages=("appearance_feature_extractor",)))
    data = b"".join(path.read_bytes() for path in (tmp_path / "new").iterdir())
    assert str(Path(__file__).parents[2]).encode() not in data
    assert b".py" not in data


@pytest.mark.parametrize("precision", ["fp16", "bf16"])
def test_half_precision_is_that_of_features_alone(precision: ExportPrecision, tmp_path: Path) -> None:
    """`export_stages` itself refuses graphs with norms, softmax or coordinates below fp32."""
    config = ExportConfig(precision=precision, stages=("motion_extractor", "renderer"))
    manifest = export_stages(NETWORKS, tmp_path / "new", config=config)
    assert set(manifest.stages["motion_extractor"].precisions.values()) == {"fp32"}
    renderer = manifest.stages["renderer"].precisions
    assert renderer["spade_generator.input/Conv"] == precision
    assert renderer["warping_network.dense_motion.hourglass.first/Conv"] == precision
    assert renderer["warping_network.dense_motion/MatMul"] == "fp32"  # shifts of keypoints
    halves = [name for name, kind in renderer.items() if kind == precision]
    assert len(halves) > 0.8 * len(renderer)


def test_a_folder_in_use_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(SettingError, match="in use"):
        export_stages(NETWORKS, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_failed_export_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from liveportrait.export import writing

    def fail(manifest: ExportManifest, folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "write_manifest", fail)
    with pytest.raises(OSError, match="space"):
        export_stages(NETWORKS, tmp_path / "new", config=ExportConfig(stages=("stitching_network",)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("faulty", [{"batch_size": 0}, {"stages": ()}, {"stages": ("renderer", "renderer")}])
def test_faulty_settings_are_refused(faulty: dict[str, object]) -> None:
    with pytest.raises(SettingError, match=next(iter(faulty))):
        replace(ExportConfig(), **faulty)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "{}", '{"format": "other"}', '{"format": "liveportrait-export/1", "stages": 3}'],
)
def test_what_is_no_manifest_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(WeightsError, match="no manifest"):
        read_manifest(tmp_path)


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="liveportrait export"):
        read_manifest(tmp_path)


def test_the_manifest_comes_back_as_it_was_written(tmp_path: Path) -> None:
    config = ExportConfig(stages=("stitching_network",))
    manifest = export_stages(NETWORKS, tmp_path / "new", config=config)
    assert read_manifest(tmp_path / "new") == manifest
    assert json.loads((tmp_path / "new" / FILE_NAME).read_text())["model"] == "tiny"


def test_all_stages_are_there_to_be_exported() -> None:
    assert set(EXPORT_STAGES) == TRAINED.keys()
