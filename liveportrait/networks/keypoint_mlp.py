"""The small networks that shift keypoints: stitching, eye retargeting, lip retargeting."""

from dataclasses import dataclass
from itertools import pairwise

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


@dataclass(frozen=True, slots=True, kw_only=True)
class RetargetingConfig:
    """Hidden widths of the three networks."""

    stitching: tuple[int, ...] = (128, 128, 64)
    eyes: tuple[int, ...] = (256, 256, 128, 128, 64)
    lips: tuple[int, ...] = (128, 128, 64)


class KeypointMlp(nn.Module):
    """Linear layers with ReLU between them; the last one is linear and starts at 0: no offset at all."""

    def __init__(self, in_features: int, hidden: tuple[int, ...], out_features: int) -> None:
        super().__init__()
        widths = (in_features, *hidden, out_features)
        self.layers = nn.ModuleList(nn.Linear(before, after) for before, after in pairwise(widths))
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget all: hidden layers that keep the size of their input (He et al. 2015), a last layer of 0."""
        for layer in self.layers:
            # Uniform: drawing normal values for networks that have none yet imports PyTorch's compiler.
            nn.init.kaiming_uniform_(layer.get_parameter("weight"), nonlinearity="relu")
            nn.init.zeros_(layer.get_parameter("bias"))
        nn.init.zeros_(self.layers[-1].get_parameter("weight"))

    def forward(self, features: Float[Tensor, "b i"]) -> Float[Tensor, "b o"]:
        for layer in self.layers[:-1]:
            features = F.relu(layer(features))
        return self.layers[-1](features)


def make_stitching_network(config: RetargetingConfig, *, num_keypoints: int) -> KeypointMlp:
    """Source keypoints and driving keypoints, flat, to an offset of each and a shift (x, y) of all."""
    return KeypointMlp(6 * num_keypoints, config.stitching, 3 * num_keypoints + 2)


def make_eye_network(config: RetargetingConfig, *, num_keypoints: int) -> KeypointMlp:
    """Source keypoints and (left, right, wanted) eye opening to an offset of each keypoint."""
    return KeypointMlp(3 * num_keypoints + 3, config.eyes, 3 * num_keypoints)


def make_lip_network(config: RetargetingConfig, *, num_keypoints: int) -> KeypointMlp:
    """Source keypoints and (present, wanted) lip opening to an offset of each keypoint."""
    return KeypointMlp(3 * num_keypoints + 2, config.lips, 3 * num_keypoints)
