"""Where a run starts from: nothing, the face landmark network, or weights of an earlier run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from liveportrait.checkpoints.bundled import bundled_weights_dir
from liveportrait.checkpoints.loading import load_model
from liveportrait.checkpoints.networks_file import FILE_NAME
from liveportrait.checkpoints.reading import read_tensors
from liveportrait.checkpoints.strict import fill
from liveportrait.errors import SettingError, WeightsError
from liveportrait.networks.motion_extractor import FlatLandmarkTrunk
from liveportrait.networks.presets import PortraitNetworks, Preset

Start: TypeAlias = Literal["scratch", "face_landmarks", "released"]
"""`face_landmarks` puts the landmark network's trunk into the motion extractor; `released` needs a path."""


def start_networks(preset: Preset, start: Start, weights: Path | None) -> PortraitNetworks:
    """Networks in fp32 on the CPU; with `weights` they come from there, whatever `start` says."""
    if start == "released" and weights is not None and weights.is_dir():
        return _released(preset, weights)
    networks = PortraitNetworks(preset)
    if weights is not None:
        load_weights(networks, weights / FILE_NAME if weights.is_dir() else weights)
    elif start == "face_landmarks":
        load_landmark_trunk(networks)
    elif start == "released":
        raise SettingError("this recipe goes on from released weights: name their folder as --start-from")
    return networks


def load_weights(networks: PortraitNetworks, path: Path) -> None:
    """Take over the weights of whole networks, or of some, or of a motion extractor alone.

    Networks that the file lacks keep their values; those it has must fit to the last tensor.
    """
    tensors = read_tensors(path)
    parts = {name for name, _ in networks.named_children()}
    found = {name.split(".")[0] for name in tensors}
    if not found & parts:
        own = networks.motion_extractor.state_dict()
        if tensors.keys() != own.keys():
            raise WeightsError(
                f"{path} holds none of the networks {', '.join(sorted(parts))}, nor a motion extractor by "
                "itself; name a file that training or `save_networks` wrote"
            )
        tensors = {f"motion_extractor.{name}": value for name, value in tensors.items()}
        found = {"motion_extractor"}
    fill(networks, tensors, parts=tuple(sorted(found)), path=path)


@torch.no_grad()
def load_landmark_trunk(networks: PortraitNetworks) -> None:
    """The landmark network's trunk as the motion extractor's; the heads stay as they are."""
    backbone = networks.motion_extractor.backbone
    if not isinstance(backbone, FlatLandmarkTrunk):
        raise SettingError(
            f"the preset {networks.preset.name} has no landmark trunk to fill; start it from scratch"
        )
    tensors = read_tensors(landmark_trunk_file())
    backbone.trunk.load_state_dict({name: value.float() for name, value in _trunk(tensors).items()})


def landmark_trunk_file() -> Path:
    """Where the landmark network's weights lie."""
    return bundled_weights_dir() / "face" / "landmarks.safetensors"


def _trunk(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    prefix = "trunk."
    return {name[len(prefix) :]: value for name, value in tensors.items() if name.startswith(prefix)}


def _released(preset: Preset, folder: Path) -> PortraitNetworks:
    networks = load_model(folder)
    if networks.preset != preset:
        raise WeightsError(
            f"{folder} holds a model of the preset {networks.preset.name}, the recipe trains {preset.name}"
        )
    return networks
