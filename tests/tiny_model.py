"""A model of the tiny preset with random weights, as a folder that any command can be pointed at."""

from dataclasses import replace
from pathlib import Path

import torch

from liveportrait.checkpoints.manifest import Licence
from liveportrait.checkpoints.networks_file import FILE_NAME, save_networks
from liveportrait.checkpoints.provenance import Provenance
from liveportrait.motion.space import ExpressionSpace, Slider, mask_of_points
from liveportrait.motion.space_file import save_expression_space
from liveportrait.networks.presets import TINY
from liveportrait.portrait_model import EXPRESSION_SPACE_FILE
from tests.random_networks import random_networks

MODEL_ID = "tiny-random"


def write_tiny_model(folder: Path, *, seed: int = 0, model_id: str = MODEL_ID) -> Path:
    """The folder, with networks and an expression space in it."""
    folder.mkdir(parents=True, exist_ok=True)
    provenance = Provenance(licence=Licence(spdx="MIT", commercial_use=True), origin="random numbers")
    networks = random_networks(TINY, seed=seed)
    # A head's size is above 0, which random weights do not know.
    torch.nn.init.normal_(networks.motion_extractor.scale.weight, std=0.01)
    torch.nn.init.constant_(networks.motion_extractor.scale.bias, 1.2)
    save_networks(networks, folder / FILE_NAME, provenance=provenance)
    save_expression_space(replace(tiny_space(), model_id=model_id), folder / EXPRESSION_SPACE_FILE)
    return folder


def tiny_space() -> ExpressionSpace:
    """Made up; every slider moves something."""
    num_keypoints = TINY.motion.num_keypoints
    numbers = torch.Generator().manual_seed(3)

    def offset() -> torch.Tensor:
        return 0.02 * torch.randn(num_keypoints, 3, generator=numbers)

    return ExpressionSpace(
        model_id=MODEL_ID,
        lip_mask=mask_of_points((6, 12, 14, 17, 19, 20), num_keypoints=num_keypoints),
        eye_mask=mask_of_points((11, 13, 15, 16, 18), num_keypoints=num_keypoints),
        expression_mask=mask_of_points(tuple(range(3, num_keypoints)), num_keypoints=num_keypoints),
        neutral_expression=offset(),
        sliders=tuple(
            Slider(name=name, positive=offset(), negative=offset())
            for name in ("blink", "wink", "smile", "mouth_open", "brow")
        ),
    )
