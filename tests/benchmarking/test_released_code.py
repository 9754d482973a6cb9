"""The released code behind our seam, with a checkout that is made up."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from liveportrait.benchmarking.released_code import as_contestant, load_released_networks, open_released_code
from liveportrait.errors import SettingError
from liveportrait.networks.appearance_feature_extractor import Appearance

pytest.importorskip("yaml")

COMPONENTS = (
    "appearance_feature_extractor",
    "motion_extractor",
    "warping_module",
    "spade_generator",
    "stitching_retargeting_module",
)

HELPER = """
import torch
from torch import nn

class Appearance(nn.Module):
    def forward(self, x):
        return x.mean() * torch.ones(len(x), 32, 16, 64, 64)

class Motion(nn.Module):
    def forward(self, x):
        ramp = torch.arange(63.0).repeat(len(x), 1)
        bins = torch.zeros(len(x), 66)
        return {"pitch": bins + 1, "yaw": bins + 2, "roll": bins + 3, "t": torch.full((len(x), 3), 4.0),
                "exp": ramp, "scale": torch.full((len(x), 1), 5.0), "kp": ramp + 100}

class Warping(nn.Module):
    def forward(self, feature_3d, kp_driving, kp_source):
        return {"out": feature_3d[:, :, 0] + kp_driving.mean() - 2 * kp_source.mean()}

class Generator(nn.Module):
    def forward(self, feature):
        return nn.functional.interpolate(feature[:, :3], (512, 512))

class Mlp(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size
    def forward(self, x):
        return torch.ones(len(x), self.size)

def load_model(ckpt_path, model_config, device, model_type):
    assert torch.load(ckpt_path) == model_type
    params = model_config["model_params"][f"{model_type}_params"]
    if model_type == "stitching_retargeting_module":
        return {name: Mlp(size) for name, size in params.items()}
    kinds = {"appearance_feature_extractor": Appearance, "motion_extractor": Motion,
             "warping_module": Warping, "spade_generator": Generator}
    return kinds[model_type]().to(device).eval()
"""

CONFIG = """
model_params:
  appearance_feature_extractor_params: {}
  motion_extractor_params: {}
  warping_module_params: {}
  spade_generator_params: {}
  stitching_retargeting_module_params: {stitching: 65, lip: 63, eye: 63}
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for folder in ("config", "utils"):
        (tmp_path / "src" / folder).mkdir(parents=True)
    (tmp_path / "src" / "config" / "models.yaml").write_text(CONFIG)
    (tmp_path / "src" / "utils" / "helper.py").write_text(HELPER)
    return tmp_path


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    for name in COMPONENTS:
        torch.save(name, tmp_path / f"{name}.pth")
    return {name: tmp_path / f"{name}.pth" for name in COMPONENTS}


@pytest.fixture(autouse=True)
def path_and_modules_stay() -> Iterator[None]:
    path = list(sys.path)
    yield
    assert sys.path == path
    for name in [name for name in sys.modules if name == "src" or name.startswith("src.")]:
        del sys.modules[name]


def test_its_networks_answer_to_our_calls(checkout: Path, files: dict[str, Path]) -> None:
    contestant = as_contestant(load_released_networks(checkout, files))
    assert (contestant.engine, contestant.precision) == ("released code", "fp32")
    assert not contestant.is_reference
    model = contestant.model
    image = torch.rand(1, 3, 256, 256)
    motion = model.motion(image)
    assert motion.translation.tolist() == [[4, 4, 4]]
    assert motion.scale.tolist() == [[5]]
    assert motion.expression[0, 1].tolist() == [3, 4, 5]
    assert motion.canonical_keypoints[0, 1].tolist() == [103, 104, 105]
    volume = model.appearance(image).volume
    drawn = model.render(Appearance(volume, ()), torch.full((1, 21, 3), 7.0), torch.full((1, 21, 3), 1.0))
    assert drawn.shape == (1, 3, 512, 512)
    assert float(drawn.mean()) == pytest.approx(float(volume.mean()) + 7 - 2, rel=1e-5)
    keypoints = torch.zeros(1, 21, 3)
    assert model.stitch(keypoints, keypoints).abs().max() > 0
    assert model.lip_offsets(keypoints, torch.zeros(1, 2)).shape == (1, 21, 3)


def test_another_folder_is_refused(tmp_path: Path, files: dict[str, Path]) -> None:
    with pytest.raises(SettingError, match=r"no checkout .*models\.yaml"):
        load_released_networks(tmp_path / "elsewhere", files)
    with pytest.raises(SettingError, match="no checkout"):
        open_released_code(tmp_path / "elsewhere", tmp_path)
