"""From a user's folder to networks, told by name, and to a converted file."""

import logging
from pathlib import Path

import pytest
import torch

from liveportrait.checkpoints import catalogue, loading
from liveportrait.checkpoints.catalogue import load_named_model, place_of, summarise_model, verify_model
from liveportrait.checkpoints.conversion import convert_released_model
from liveportrait.checkpoints.loading import load_model
from liveportrait.checkpoints.provenance import UNKNOWN_LICENCE
from liveportrait.errors import WeightsError
from liveportrait.networks.presets import TINY, PortraitNetworks

FILES = {
    "liveportrait/base_models/appearance_feature_extractor.pth": "appearance_feature_extractor",
    "liveportrait/base_models/motion_extractor.pth": "motion_extractor",
    "liveportrait/base_models/warping_module.pth": "warping_network",
    "liveportrait/base_models/spade_generator.pth": "spade_generator",
}
SMALL = ("stitching_network", "eye_network", "lip_network")


@pytest.fixture
def networks() -> PortraitNetworks:
    torch.manual_seed(0)
    return PortraitNetworks(TINY)


@pytest.fixture
def released(tmp_path: Path, networks: PortraitNetworks, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in the released layout with tiny networks, whose names the adapters leave alone."""
    monkeypatch.setitem(loading.PRESET_OF_SPECIES, "human", TINY)
    folder = tmp_path / "weights of mine"
    for name, network in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        state = networks.get_submodule(network).state_dict()
        if (
            network == "appearance_feature_extractor"
        ):  # the one name of ours that a rule would take for released
            state = {key.replace(".block.", "."): value for key, value in state.items()}
        torch.save(state, folder / name)
    small = {name: value for name, value in networks.state_dict().items() if name.startswith(SMALL)}
    path = folder / "liveportrait/retargeting_models/stitching_retargeting_module.pth"
    path.parent.mkdir()
    torch.save(small, path)
    return folder


def assert_equal(loaded: PortraitNetworks, expected: PortraitNetworks) -> None:
    assert loaded.state_dict().keys() == expected.state_dict().keys()
    for name, value in expected.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value), name


def test_a_released_folder_gives_networks_that_are_ready(released: Path, networks: PortraitNetworks) -> None:
    loaded = load_model(released)
    assert_equal(loaded, networks)
    assert not loaded.training
    assert not any(parameter.requires_grad for parameter in loaded.parameters())


def test_files_that_are_not_as_published_are_told_or_refused(
    released: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        load_model(released, verification="off")
        assert not caplog.records
        load_model(released)
    assert len(caplog.records) == 5
    with pytest.raises(WeightsError, match="Strict verification refuses"):
        load_model(released, verification="strict")


def test_the_file_at_fault_is_named(released: Path) -> None:
    path = released / "liveportrait/base_models/warping_module.pth"
    torch.save({"third.conv.weight": torch.ones(1)}, path)
    with pytest.raises(WeightsError, match=f"{path} does not fit .*missing: warping_network.dense_motion"):
        load_model(released)


def test_a_conversion_holds_the_same_networks_and_notes_the_originals(
    released: Path, networks: PortraitNetworks, tmp_path: Path
) -> None:
    path = convert_released_model(released, tmp_path / "converted")
    assert_equal(load_model(path), networks)
    assert_equal(load_model(path.parent), networks)
    summary = summarise_model(str(path.parent))
    assert summary.preset == "tiny"
    assert summary.provenance.licence == UNKNOWN_LICENCE
    for name in FILES:
        assert f"{Path(name).name} (sha256 " in summary.provenance.origin
    assert [check.status for check in verify_model(str(path))] == ["unknown"]


def test_human_is_looked_for_where_downloads_go(
    released: Path, networks: PortraitNetworks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVEPORTRAIT_WEIGHTS", str(released))
    assert_equal(load_named_model("human"), networks)
    assert [check.status for check in verify_model("human")] == ["differs"] * 5
    summary = summarise_model("human")
    assert (summary.preset, summary.path) == ("human", released)
    with pytest.raises(WeightsError, match="holds no animal checkpoint"):
        load_named_model("animal")


def test_without_a_choice_downloads_go_to_the_users_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("LIVEPORTRAIT_WEIGHTS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert catalogue.released_weights_dir() == tmp_path / "liveportrait"
    with pytest.raises(WeightsError, match="liveportrait weights download"):
        load_named_model("human")


def test_an_unknown_name_says_what_is_known() -> None:
    with pytest.raises(WeightsError, match="no model 'giant': expected one of mini, human, animal"):
        place_of("giant")
