from pathlib import Path

import torch

from liveportrait.checkpoints.bundled import bundled_weights_dir
from liveportrait.checkpoints.networks_file import read_provenance
from liveportrait.checkpoints.provenance import UNKNOWN_LICENCE
from liveportrait.training.starting_provenance import provenance_of_stage, provenance_of_start


def test_a_models_file_and_its_folder_say_what_is_inside() -> None:
    mini = bundled_weights_dir() / "mini"
    said = read_provenance(mini / "networks.safetensors")
    assert not said.licence.commercial_use
    assert provenance_of_start("face_landmarks", mini) == said
    assert provenance_of_start("scratch", mini / "networks.safetensors") == said


def test_a_plain_state_says_nothing_and_is_taken_for_the_worst(tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(1)}, tmp_path / "plain.pt")
    found = provenance_of_start("scratch", tmp_path / "plain.pt")
    assert found is not None
    assert found.licence == UNKNOWN_LICENCE
    assert "plain.pt (sha256 " in found.origin


def test_the_landmark_networks_trunk_is_told_of() -> None:
    found = provenance_of_start("face_landmarks", None)
    assert found is not None
    assert found.licence.spdx == "Apache-2.0"
    assert provenance_of_start("scratch", None) is None


def test_a_stage_without_its_networks_has_lost_its_origin(tmp_path: Path) -> None:
    assert provenance_of_stage(tmp_path).licence == UNKNOWN_LICENCE
