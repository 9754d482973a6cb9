from pathlib import Path

import pytest
import torch
from torch.testing import assert_close

from liveportrait.checkpoints.bundled import bundled_weights_dir
from liveportrait.checkpoints.networks_file import save_networks
from liveportrait.checkpoints.provenance import Provenance
from liveportrait.checkpoints.reading import read_tensors
from liveportrait.errors import SettingError, WeightsError
from liveportrait.networks.presets import MINI, TINY, PortraitNetworks
from liveportrait.training.starting_weights import load_landmark_trunk, load_weights, start_networks
from liveportrait.training.training_provenance import RESEARCH_ONLY


def tiny_networks(seed: int) -> PortraitNetworks:
    torch.manual_seed(seed)
    return PortraitNetworks(TINY)


def test_a_models_file_its_folder_and_a_plain_state_give_the_same_networks(tmp_path: Path) -> None:
    trained = tiny_networks(1)
    save_networks(
        trained, tmp_path / "networks.safetensors", provenance=Provenance(licence=RESEARCH_ONLY, origin="")
    )
    torch.save(trained.state_dict(), tmp_path / "plain.pt")
    for name in ("networks.safetensors", ".", "plain.pt"):
        found = start_networks(TINY, "scratch", tmp_path / name)
        assert_close(found.state_dict(), trained.state_dict(), rtol=0, atol=0)
        assert all(parameter.requires_grad for parameter in found.parameters())


def test_a_motion_extractor_by_itself_leaves_the_rest(tmp_path: Path) -> None:
    trained, networks = tiny_networks(1), tiny_networks(2)
    torch.save(trained.motion_extractor.state_dict(), tmp_path / "motion.pt")
    load_weights(networks, tmp_path / "motion.pt")
    assert_close(networks.motion_extractor.state_dict(), trained.motion_extractor.state_dict())
    assert_close(networks.spade_generator.state_dict(), tiny_networks(2).spade_generator.state_dict())


def test_weights_of_something_else_are_refused(tmp_path: Path) -> None:
    torch.save({"layers.0.weight": torch.zeros(3)}, tmp_path / "other.pt")
    with pytest.raises(WeightsError, match="none of the networks"):
        load_weights(tiny_networks(0), tmp_path / "other.pt")
    incomplete = tiny_networks(0).state_dict()
    del incomplete["spade_generator.input.bias"]
    torch.save(incomplete, tmp_path / "incomplete.pt")
    with pytest.raises(WeightsError, match="missing: spade_generator.input.bias"):
        load_weights(tiny_networks(0), tmp_path / "incomplete.pt")


def test_the_mini_starts_from_the_landmark_networks_trunk() -> None:
    networks = start_networks(MINI, "face_landmarks", None)
    landmarks = read_tensors(bundled_weights_dir() / "face" / "landmarks.safetensors")
    found = networks.motion_extractor.backbone.get_submodule("trunk").state_dict()
    assert_close(found["stem.weight"], landmarks["trunk.stem.weight"].float())
    with pytest.raises(SettingError, match="no landmark trunk"):
        load_landmark_trunk(tiny_networks(0))


def test_fine_tuning_asks_for_what_it_tunes() -> None:
    with pytest.raises(SettingError, match="name their folder"):
        start_networks(TINY, "released", None)
