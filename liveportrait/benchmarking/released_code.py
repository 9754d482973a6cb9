"""The released code as a contestant: its own networks, from a checkout, on the same weights.

Importing runs that code, so it is done only where somebody asks for it by its path.
"""

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from liveportrait.benchmarking.contestants import Contestant
from liveportrait.checkpoints.released_layout import find_released_model
from liveportrait.engines.opening import EngineSet
from liveportrait.engines.protocol import Engine
from liveportrait.engines.signatures import StageName, make_signatures
from liveportrait.engines.torch_engine import TorchEngine
from liveportrait.errors import SettingError
from liveportrait.motion.released_spaces import human_space
from liveportrait.networks.presets import HUMAN
from liveportrait.portrait_model import PortraitModel

_CONFIG = Path("src", "config", "models.yaml")
_LOADER = Path("src", "utils", "helper.py")


class Motion(nn.Module):
    """Its motion extractor with results in our order."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        found = self.network(image)
        expression, canonical = (found[name].unflatten(1, (-1, 3)) for name in ("exp", "kp"))
        angles = (found["pitch"], found["yaw"], found["roll"])
        return (*angles, found["t"], expression, found["scale"], canonical)


class Renderer(nn.Module):
    """Its warping network and its generator, one after the other."""

    def __init__(self, warping: nn.Module, generator: nn.Module) -> None:
        super().__init__()
        self.warping = warping
        self.generator = generator

    def forward(self, volume: Tensor, kp_driving: Tensor, kp_source: Tensor) -> tuple[Tensor, ...]:
        warped = self.warping(volume, kp_driving=kp_driving, kp_source=kp_source)
        return (self.generator(feature=warped["out"]),)


def open_released_code(checkout: Path, weights: Path) -> Contestant:
    """The human model of a checkout of the released code, in eager PyTorch in fp32 on the CPU.

    Raises:
        SettingError: when the folder is no such checkout.
        WeightsError: when the weights are not those of the human model.
    """
    files = {one.adapter.component: one.path for one in find_released_model(weights, species="human").files}
    return as_contestant(load_released_networks(checkout, files))


def load_released_networks(checkout: Path, files: Mapping[str, Path]) -> dict[StageName, nn.Module]:
    """What its own loader makes of the files, by component, as our stages."""
    for name in (_CONFIG, _LOADER):
        if not (checkout / name).is_file():
            raise SettingError(f"{checkout} is no checkout of the released code: {name} is missing.")
    config = _read_config(checkout / _CONFIG)
    helper = _imported(checkout)

    def load(component: str) -> Any:
        return helper.load_model(str(files[component]), config, torch.device("cpu"), component)

    small = load("stitching_retargeting_module")
    return {
        "appearance_feature_extractor": load("appearance_feature_extractor"),
        "motion_extractor": Motion(load("motion_extractor")),
        "renderer": Renderer(load("warping_module"), load("spade_generator")),
        "stitching_network": small["stitching"],
        "eye_network": small["eye"],
        "lip_network": small["lip"],
    }


def as_contestant(networks: Mapping[StageName, nn.Module]) -> Contestant:
    """Behind the seam that ours stand behind, so that both are timed alike."""
    device, signatures = torch.device("cpu"), make_signatures(HUMAN)
    stages: dict[StageName, Engine] = {
        name: TorchEngine(network, signatures[name], device=device) for name, network in networks.items()
    }
    engines = EngineSet(engine="torch", precision="fp32", device=device, stages=stages)
    model = PortraitModel(engines, preset=HUMAN, space=human_space())
    return Contestant(model=model, label="released code")


def _read_config(path: Path) -> dict[str, Any]:
    try:
        import yaml
    except ImportError as fault:
        raise SettingError("The released code's settings are YAML; pip install pyyaml.") from fault
    return yaml.safe_load(path.read_text())


def _imported(checkout: Path) -> Any:
    """Its loader; the checkout is on the path for as long as that takes."""
    sys.path.insert(0, str(checkout.resolve()))
    try:
        return importlib.import_module("src.utils.helper")
    finally:
        sys.path.remove(str(checkout.resolve()))
