"""Our own format: one file, all networks, with its origin."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from liveportrait.checkpoints.manifest import Licence
from liveportrait.checkpoints.networks_file import (
    FORMAT,
    find_networks_file,
    load_networks,
    read_preset,
    read_provenance,
    save_networks,
)
from liveportrait.checkpoints.provenance import Provenance
from liveportrait.errors import MediaError, WeightsError
from liveportrait.networks.presets import TINY, PortraitNetworks

PROVENANCE = Provenance(licence=Licence(spdx="MIT", commercial_use=True), origin="made by a test")


@pytest.fixture
def networks() -> PortraitNetworks:
    torch.manual_seed(0)
    return PortraitNetworks(TINY)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a folder" / "networks.safetensors"


def test_networks_come_back_as_they_were(networks: PortraitNetworks, path: Path) -> None:
    save_networks(networks, path, provenance=PROVENANCE)
    loaded = load_networks(path)
    assert loaded.preset == TINY
    assert not loaded.training
    assert not any(parameter.requires_grad for parameter in loaded.parameters())
    for name, value in networks.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value), name


def test_the_origin_is_kept(networks: PortraitNetworks, path: Path) -> None:
    save_networks(networks, path, provenance=PROVENANCE)
    assert read_provenance(path) == PROVENANCE
    assert read_preset(path) == TINY


def test_half_precision_halves_kernels_and_spares_vectors(networks: PortraitNetworks, path: Path) -> None:
    save_networks(networks, path, provenance=PROVENANCE, dtype=torch.float16)
    stored = load_file(path)
    assert stored["motion_extractor.yaw.weight"].dtype == torch.float16
    assert stored["motion_extractor.yaw.bias"].dtype == torch.float32
    assert stored["appearance_feature_extractor.stem.norm.running_var"].dtype == torch.float32
    assert stored["appearance_feature_extractor.stem.norm.num_batches_tracked"].dtype == torch.int64
    weight = networks.motion_extractor.yaw.weight.detach()
    torch.testing.assert_close(load_networks(path).motion_extractor.yaw.weight, weight, rtol=1e-3, atol=1e-6)


def test_a_file_is_found_by_its_path_or_folder_and_its_preset(networks: PortraitNetworks, path: Path) -> None:
    assert find_networks_file(path.parent) is None
    save_networks(networks, path, provenance=PROVENANCE)
    assert find_networks_file(path) == find_networks_file(path.parent) == path
    assert find_networks_file(path.parent, preset_name="tiny") == path
    assert find_networks_file(path.parent, preset_name="animal") is None


def test_a_file_without_our_notes_is_refused(path: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.safetensors"
    save_file({"weight": torch.ones(1)}, foreign)
    with pytest.raises(WeightsError, match="no file of whole models"):
        load_networks(foreign)


def test_an_unknown_preset_is_named(tmp_path: Path) -> None:
    path = tmp_path / "later.safetensors"
    save_file({"weight": torch.ones(1)}, path, metadata={"format": FORMAT, "preset": "giant"})
    with pytest.raises(WeightsError, match="'giant'.*mini"):
        load_networks(path)


def test_an_incomplete_file_is_named(networks: PortraitNetworks, path: Path, tmp_path: Path) -> None:
    save_networks(networks, path, provenance=PROVENANCE)
    state = load_file(path)
    del state["eye_network.layers.0.bias"]
    save_file(state, tmp_path / "cut.safetensors", metadata={"format": FORMAT, "preset": "tiny"})
    with pytest.raises(WeightsError, match="missing: eye_network.layers.0.bias"):
        load_networks(tmp_path / "cut.safetensors")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    networks: PortraitNetworks, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_networks(networks, path, provenance=PROVENANCE)
    before = path.read_bytes()

    def full_disk(state: object, file: str, metadata: object) -> None:
        Path(file).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("liveportrait.checkpoints.networks_file.save_file", full_disk)
    with pytest.raises(MediaError, match="no space left"):
        save_networks(networks, path, provenance=PROVENANCE)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_named(networks: PortraitNetworks, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MediaError, match="cannot be written"):
        save_networks(networks, tmp_path / "file" / "networks.safetensors", provenance=PROVENANCE)
