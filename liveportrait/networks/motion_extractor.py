"""How a head is placed, turned and what its face does, read off one crop."""

from dataclasses import dataclass
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor, nn

from liveportrait.networks.convnext import ConvNext, ConvNextConfig
from liveportrait.networks.landmark_trunk import FaceLandmarkTrunk
from liveportrait.tensors import ImageBatch, Keypoints, Scale, Translation

NUM_POSE_BINS = 66
"""Bins of 3 degrees each; see `motion.state` for the angle that their weights stand for."""

TRUNK_FEATURES = FaceLandmarkTrunk.out_channels * 4
"""The trunk leaves 2x2 positions of a 256 px crop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LandmarkTrunkConfig:
    """The backbone of the small models: the trunk of the face landmark network."""

    @property
    def num_features(self) -> int:
        return TRUNK_FEATURES


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionConfig:
    """Which backbone reads the crop, and how many keypoints come out."""

    backbone: ConvNextConfig | LandmarkTrunkConfig = ConvNextConfig()
    num_keypoints: int = 21


class MotionPrediction(NamedTuple):
    """What the network reads off a crop, before it is put together."""

    pitch: Float[Tensor, "b 66"]
    """Logits over pose bins."""
    yaw: Float[Tensor, "b 66"]
    roll: Float[Tensor, "b 66"]
    translation: Translation
    expression: Keypoints
    """Offsets of the keypoints."""
    scale: Scale
    canonical_keypoints: Keypoints
    """The person's keypoints at rest, looking ahead."""


class MotionExtractor(nn.Module):
    """From a 256 px crop to its motion: one backbone, seven linear heads (paper, section 3.1)."""

    def __init__(self, config: MotionConfig) -> None:
        super().__init__()
        self.config = config
        self.backbone = make_backbone(config.backbone)
        features, coordinates = config.backbone.num_features, 3 * config.num_keypoints
        self.pitch = nn.Linear(features, NUM_POSE_BINS)
        self.yaw = nn.Linear(features, NUM_POSE_BINS)
        self.roll = nn.Linear(features, NUM_POSE_BINS)
        self.translation = nn.Linear(features, 3)
        self.expression = nn.Linear(features, coordinates)
        self.scale = nn.Linear(features, 1)
        self.canonical_keypoints = nn.Linear(features, coordinates)

    def forward(self, image: ImageBatch) -> MotionPrediction:
        features = self.backbone(image)
        points = (self.config.num_keypoints, 3)
        return MotionPrediction(
            pitch=self.pitch(features),
            yaw=self.yaw(features),
            roll=self.roll(features),
            translation=self.translation(features),
            expression=self.expression(features).unflatten(1, points),
            scale=self.scale(features),
            canonical_keypoints=self.canonical_keypoints(features).unflatten(1, points),
        )


class FlatLandmarkTrunk(nn.Module):
    """The landmark trunk as a backbone: its last 2x2 positions side by side, then layer norm.

    The trunk has no norms and its features are large; without this one the heads' first steps are wild.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trunk = FaceLandmarkTrunk()
        self.norm = nn.LayerNorm(TRUNK_FEATURES)

    def forward(self, image: ImageBatch) -> Float[Tensor, "b f"]:
        return self.norm(self.trunk(image).flatten(1))


def make_backbone(config: ConvNextConfig | LandmarkTrunkConfig) -> nn.Module:
    """An untrained backbone: (B, 3, 256, 256) to (B, features)."""
    match config:
        case ConvNextConfig():
            return ConvNext(config)
        case LandmarkTrunkConfig():
            return FlatLandmarkTrunk()
