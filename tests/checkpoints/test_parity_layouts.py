"""The oracle's checkpoints load to the same networks from every layout and spelling."""

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from liveportrait.checkpoints.adapters import ADAPTERS
from liveportrait.checkpoints.conversion import convert_released_model
from liveportrait.checkpoints.loading import load_model
from liveportrait.checkpoints.reading import read_tensors
from liveportrait.networks.presets import PortraitNetworks
from tests.oracle import golden, oracle_dir, oracle_module

SMALL = "stitching_retargeting_module"


def components() -> dict[str, dict[str, str]]:
    return json.loads((oracle_dir() / "manifest.json").read_text())["components"]


def lay(checkpoints: Path, folder: Path, *, layout: str) -> Path:
    """The same files, linked, where another layout has them."""
    key = {"human": "path_human", "animal": "path_animal", "flat": "file"}[layout]
    for component in components().values():
        target = folder / component[key]
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(checkpoints / component["path_human"], target)
    return folder


def assert_equal(loaded: PortraitNetworks, expected: PortraitNetworks) -> None:
    for name, value in expected.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value), name


@pytest.mark.parametrize("layout", ["animal", "flat"])
def test_parity_of_layouts(
    layout: str, tmp_path: Path, oracle_checkpoints: Path, released_networks: PortraitNetworks
) -> None:
    loaded = load_model(lay(oracle_checkpoints, tmp_path, layout=layout), verification="off")
    assert loaded.preset.name == ("animal" if layout == "animal" else "human")
    assert_equal(loaded, released_networks)


@pytest.mark.parametrize("ddp_prefix", [True, False])
@pytest.mark.parametrize("extras", [True, False])
def test_parity_of_spellings(
    ddp_prefix: bool, extras: bool, tmp_path: Path, released_networks: PortraitNetworks
) -> None:
    write = oracle_module("synth_weights").write
    write(tmp_path, golden("S").seed, only=[SMALL], tree="flat", ddp_prefix=ddp_prefix, extras=extras)
    adapted = ADAPTERS[-1].adapt(read_tensors(tmp_path / f"{SMALL}.pth"))
    networks = ADAPTERS[-1].networks
    state = released_networks.state_dict()
    assert adapted.keys() == {name for name in state if name.startswith(networks)}
    assert all(torch.equal(value, state[name]) for name, value in adapted.items())


def test_parity_of_community_safetensors(
    tmp_path: Path, oracle_checkpoints: Path, released_networks: PortraitNetworks
) -> None:
    for name, component in components().items():
        tensors = read_tensors(oracle_checkpoints / component["path_human"])
        if name == SMALL:
            tensors = {
                key.replace(".module.", "_module."): value
                for key, value in tensors.items()
                if key.startswith("retarget_")
            }
            assert "retarget_shoulder_module.mlp.0.weight" in tensors
        save_file(tensors, tmp_path / f"{name}.safetensors")
    assert_equal(load_model(tmp_path, verification="off"), released_networks)


def test_parity_of_our_own_conversion(
    tmp_path: Path, oracle_checkpoints: Path, released_networks: PortraitNetworks
) -> None:
    path = convert_released_model(oracle_checkpoints, tmp_path, verification="off")
    assert_equal(load_model(path), released_networks)
