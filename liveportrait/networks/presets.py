"""The sizes that the family comes in."""

from dataclasses import dataclass, replace
from typing import Literal

from torch import nn

from liveportrait.networks.appearance_feature_extractor import (
    AppearanceConfig,
    AppearanceFeatureExtractor,
    detail_channels,
)
from liveportrait.networks.convnext import ConvNextConfig
from liveportrait.networks.dense_motion import DenseMotionConfig
from liveportrait.networks.detail_warp import DetailConfig
from liveportrait.networks.keypoint_mlp import (
    RetargetingConfig,
    make_eye_network,
    make_lip_network,
    make_stitching_network,
)
from liveportrait.networks.motion_extractor import LandmarkTrunkConfig, MotionConfig, MotionExtractor
from liveportrait.networks.spade_generator import GeneratorConfig, SpadeGenerator
from liveportrait.networks.warping_network import WarpingConfig, WarpingNetwork


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One member of the family; the defaults are the released human model."""

    name: str
    input_px: int = 256
    output_px: int = 512
    crop_scale: float = 2.3
    """Side of the crop over the size of the face that the model was trained with."""
    crop_beyond: Literal["black", "edge"] = "black"
    """What a source crop shows where it leaves the frame. Black moves into the picture with the head."""
    appearance: AppearanceConfig = AppearanceConfig()
    motion: MotionConfig = MotionConfig()
    warping: WarpingConfig = WarpingConfig()
    generator: GeneratorConfig = GeneratorConfig()
    retargeting: RetargetingConfig = RetargetingConfig()


HUMAN = Preset(name="human")

ANIMAL = replace(HUMAN, name="animal")

MINI = Preset(
    name="mini",
    output_px=256,
    crop_scale=2.0,
    crop_beyond="edge",
    appearance=AppearanceConfig(
        unshuffle=2,
        width=24,
        max_width=96,
        volume_channels=16,
        volume_depth=8,
        num_residual_blocks=2,
        num_details=3,
    ),
    motion=MotionConfig(backbone=LandmarkTrunkConfig()),
    warping=WarpingConfig(
        dense_motion=DenseMotionConfig(
            compressed_channels=2, width=16, max_width=96, num_levels=4, output_width=32, mask_kernel=3
        ),
        projection_width=128,
        output_channels=96,
        detail=DetailConfig(),
    ),
    generator=GeneratorConfig(
        middle_width=96, num_middle_blocks=3, up_widths=(48,), modulation_width=24, decoder_width=24
    ),
)

TINY = Preset(
    name="tiny",
    input_px=256,
    output_px=256,
    crop_scale=2.0,
    appearance=AppearanceConfig(
        unshuffle=2,
        width=8,
        max_width=16,
        volume_channels=4,
        volume_depth=4,
        num_residual_blocks=1,
        num_details=3,
    ),
    motion=MotionConfig(backbone=ConvNextConfig(depths=(1, 1, 1, 1), widths=(8, 8, 16, 16))),
    warping=WarpingConfig(
        dense_motion=DenseMotionConfig(
            compressed_channels=1, width=4, max_width=16, num_levels=2, output_width=8, mask_kernel=3
        ),
        projection_width=16,
        output_channels=16,
        detail=DetailConfig(width=8, hint_channels=4),
    ),
    generator=GeneratorConfig(
        middle_width=16, num_middle_blocks=1, up_widths=(8,), modulation_width=8, decoder_width=8
    ),
    retargeting=RetargetingConfig(stitching=(16,), eyes=(16,), lips=(16,)),
)

PRESETS = (HUMAN, ANIMAL, MINI, TINY)


class PortraitNetworks(nn.Module):
    """All networks of one preset, under the names that checkpoints and engines use."""

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        self.preset = preset
        points = preset.motion.num_keypoints
        self.appearance_feature_extractor = AppearanceFeatureExtractor(preset.appearance)
        self.motion_extractor = MotionExtractor(preset.motion)
        self.warping_network = WarpingNetwork(
            preset.warping, appearance=preset.appearance, num_keypoints=points
        )
        self.spade_generator = SpadeGenerator(
            preset.generator,
            feature_channels=preset.warping.output_channels,
            detail_channels=_moved_channels(preset),
        )
        self.stitching_network = make_stitching_network(preset.retargeting, num_keypoints=points)
        self.eye_network = make_eye_network(preset.retargeting, num_keypoints=points)
        self.lip_network = make_lip_network(preset.retargeting, num_keypoints=points)


def _moved_channels(preset: Preset) -> tuple[int, ...]:
    """Channels of `Warped.details`: those of the source, with the hints behind the first."""
    if preset.warping.detail is None:
        return ()
    first, *others = detail_channels(preset.appearance)
    return (first + preset.warping.detail.hint_channels, *others)
