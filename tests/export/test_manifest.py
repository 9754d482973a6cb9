"""A manifest comes back as it was written, and what is none is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from liveportrait.engines import exported_networks
from liveportrait.engines.export_manifest import FILE_NAME, read_manifest
from liveportrait.engines.exported_networks import open_exported
from liveportrait.errors import EngineUnavailableError, SettingError, WeightsError
from liveportrait.export.config import ExportConfig
from liveportrait.export.writing import export_stages
from liveportrait.networks.presets import PortraitNetworks

SMALL = ExportConfig(stages=("stitching_network", "lip_network"))


@pytest.fixture
def folder(networks: PortraitNetworks, tmp_path: Path) -> Path:
    export_stages(networks, tmp_path / "new", config=SMALL)
    return tmp_path / "new"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"format": "other"}',
        '{"format": "liveportrait-export/1", "stages": 3}',
        '{"format": "liveportrait-export/1", "stages": {}, "unknown": 1}',
    ],
)
def test_what_is_no_manifest_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(WeightsError, match="no manifest"):
        read_manifest(tmp_path)


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="liveportrait export"):
        read_manifest(tmp_path)


def test_an_export_opens_as_engines(folder: Path) -> None:
    engines = open_exported(folder, num_threads=1)
    assert engines.keys() == set(SMALL.stages)
    for name, engine in engines.items():
        assert engine.signature.name == name


def test_another_file_than_the_manifests_is_refused(folder: Path) -> None:
    (folder / "lip_network.onnx").write_bytes((folder / "stitching_network.onnx").read_bytes())
    with pytest.raises(WeightsError, match=r"lip_network.onnx is not the file"):
        open_exported(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "lip_network.onnx").unlink()
    with pytest.raises(WeightsError, match=r"lip_network.onnx cannot be read"):
        open_exported(folder)


def test_a_manifest_leads_nowhere_else(folder: Path, tmp_path: Path) -> None:
    """Files are looked for in the folder, whatever path somebody wrote into the manifest."""
    (folder / "lip_network.onnx").rename(tmp_path / "elsewhere.onnx")
    manifest = folder / FILE_NAME
    manifest.write_text(manifest.read_text().replace('"lip_network.onnx"', '"../elsewhere.onnx"'))
    with pytest.raises(WeightsError, match="cannot be read"):
        open_exported(folder)


def test_an_export_for_batches_is_refused(networks: PortraitNetworks, tmp_path: Path) -> None:
    config = ExportConfig(stages=("lip_network",), batch_size=2)
    export_stages(networks, tmp_path / "new", config=config)
    with pytest.raises(SettingError, match="batches of 2"):
        open_exported(tmp_path / "new")


def test_without_onnxruntime_it_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = replace(exported_networks._READERS["onnxruntime"], why_not=lambda _device: "pip install it.")
    monkeypatch.setitem(exported_networks._READERS, "onnxruntime", absent)
    with pytest.raises(EngineUnavailableError, match="pip install it"):
        open_exported(folder)
