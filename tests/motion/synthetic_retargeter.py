"""The small networks for tests: plain layers from a state dict, behind the `Retargeter` protocol."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from liveportrait.motion.retargeting import apply_stitching
from liveportrait.tensors import Keypoints
from tests.oracle import oracle_module


class MlpRetargeter:
    """Three stacks of linear layers, each a list of (weight, bias)."""

    def __init__(self, stitching: "Layers", eyes: "Layers", lips: "Layers") -> None:
        self.stitching, self.eyes, self.lips = stitching, eyes, lips

    def stitch(self, kp_source: Keypoints, kp_driving: Keypoints) -> Keypoints:
        return apply_stitching(kp_driving, run(self.stitching, kp_source, kp_driving.flatten(1)))

    def eye_offsets(self, kp_source: Keypoints, ratios: Tensor) -> Keypoints:
        return run(self.eyes, kp_source, ratios).view_as(kp_source)

    def lip_offsets(self, kp_source: Keypoints, ratios: Tensor) -> Keypoints:
        return run(self.lips, kp_source, ratios).view_as(kp_source)


Layers = list[tuple[Tensor, Tensor]]


def run(layers: Layers, kp_source: Keypoints, condition: Tensor) -> Tensor:
    values = torch.cat([kp_source.flatten(1), condition], dim=1)
    for weight, bias in layers[:-1]:
        values = F.relu(F.linear(values, weight, bias))
    return F.linear(values, *layers[-1])


def oracle_retargeter(seed: int) -> MlpRetargeter:
    """The networks that the oracle's goldens were made with."""
    build = oracle_module("synth_weights").build
    sections = build("stitching_retargeting_module", seed, ddp_prefix=False, extras=False)
    names = ("retarget_shoulder", "retarget_eye", "retarget_mouth")
    return MlpRetargeter(*(layers_of(sections[name]) for name in names))


def layers_of(state: Mapping[str, Tensor]) -> Layers:
    names = sorted({int(key.split(".")[1]) for key in state})
    return [(state[f"mlp.{name}.weight"], state[f"mlp.{name}.bias"]) for name in names]
