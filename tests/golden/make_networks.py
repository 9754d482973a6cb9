"""Remake tests/golden/networks.npz: what the tiny networks compute with weights made by a rule.

    python -m tests.golden.make_networks

Two members of the family: one of the released shape (no details), one with the fine path
of the small models. The oracle's parity goldens say that the networks are right; these say
in a fresh clone that they have not changed. Remake them only where a change is meant.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from liveportrait.networks.presets import TINY, PortraitNetworks, Preset
from tests.networks.rule_weights import fill_by_rule, rule_tensor

FILE = Path(__file__).with_name("networks.npz")
NUM_SAMPLES = 1000
"""Values kept of each output."""

RELEASED_SHAPE = replace(
    TINY,
    appearance=replace(TINY.appearance, unshuffle=1, num_details=0),
    warping=replace(TINY.warping, detail=None),
    generator=replace(TINY.generator, decoder_width=0),
)
CASES = {"released_shape": RELEASED_SHAPE, "fine_path": TINY}


def make(preset: Preset) -> PortraitNetworks:
    """Networks with weights by the rule."""
    networks = PortraitNetworks(preset).eval()
    fill_by_rule(networks)
    return networks


def compute(networks: PortraitNetworks) -> dict[str, Tensor]:
    """Every network of one model, each fed by the one before, on pictures of 64 px."""
    preset = networks.preset
    points = preset.motion.num_keypoints
    image = rule_tensor("image", (2, 3, 64, 64)).abs()
    source, driving = (rule_tensor(f"kp_{who}", (2, points, 3), scale=0.7) for who in ("source", "driving"))
    with torch.inference_mode():
        appearance = networks.appearance_feature_extractor(image)
        motion = networks.motion_extractor(image)
        warped = networks.warping_network(appearance, driving, source)
        pairs = torch.cat((source.flatten(1), driving.flatten(1)), 1)
        ratios = rule_tensor("ratios", (2, 3))
        outputs = {
            "volume": appearance.volume,
            **{f"motion.{name}": value for name, value in motion._asdict().items()},
            "warped": warped.feature,
            "deformation": warped.deformation,
            "occlusion_map": warped.occlusion_map,
            "image": networks.spade_generator(warped),
            "stitching": networks.stitching_network(pairs),
            "eyes": networks.eye_network(torch.cat((source.flatten(1), ratios), 1)),
            "lips": networks.lip_network(torch.cat((source.flatten(1), ratios[:, :2]), 1)),
        }
    details = {f"warped.details.{i}": detail for i, detail in enumerate(warped.details)}
    return outputs | details


def sample(outputs: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    """Evenly spread values of every output, behind its mean and deviation."""
    samples = {}
    for name, output in outputs.items():
        values = output.numpy().reshape(-1)
        stride = max(1, values.size // NUM_SAMPLES) | 1
        head = np.array([values.mean(dtype=np.float64), values.std(dtype=np.float64)], np.float32)
        samples[name] = np.concatenate((head, values[::stride]))
    return samples


def main() -> None:
    arrays = {
        f"{case}/{name}": values
        for case, preset in CASES.items()
        for name, values in sample(compute(make(preset))).items()
    }
    np.savez_compressed(FILE, allow_pickle=False, **arrays)


if __name__ == "__main__":
    main()
