"""The one table of what runs on an engine: each stage, its named tensors, its module.

Export, every engine and the parity tests read it, so that a renamed input breaks a test
and not a demo.
"""

from dataclasses import dataclass
from typing import Literal

from torch import nn

from liveportrait.engines.protocol import Signature, TensorSpec
from liveportrait.engines.stage_modules import AppearanceStage, MotionStage, RendererStage
from liveportrait.networks.appearance_feature_extractor import AppearanceConfig, detail_channels
from liveportrait.networks.motion_extractor import NUM_POSE_BINS
from liveportrait.networks.presets import PortraitNetworks, Preset

StageName = Literal[
    "appearance_feature_extractor",
    "motion_extractor",
    "renderer",
    "stitching_network",
    "eye_network",
    "lip_network",
]

EXACT_STAGES: tuple[StageName, ...] = (
    "motion_extractor",
    "stitching_network",
    "eye_network",
    "lip_network",
)
"""They compute coordinates, so they run in fp32 whatever the precision of the others.
In half precision keypoints tremble, and the sums of squares in ConvNeXt's norms overflow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A part of the method that runs in one piece."""

    signature: Signature
    module: nn.Module
    """Takes tensors by position and returns a tuple of them, both in the order of the signature."""


def make_stages(networks: PortraitNetworks) -> dict[StageName, Stage]:
    """The stages of a model; they share its weights."""
    modules: dict[StageName, nn.Module] = {
        "appearance_feature_extractor": AppearanceStage(networks.appearance_feature_extractor),
        "motion_extractor": MotionStage(networks.motion_extractor),
        "renderer": RendererStage(networks.warping_network, networks.spade_generator),
        "stitching_network": networks.stitching_network,
        "eye_network": networks.eye_network,
        "lip_network": networks.lip_network,
    }
    signatures = make_signatures(networks.preset)
    return {name: Stage(signature=signatures[name], module=module) for name, module in modules.items()}


def make_signatures(preset: Preset) -> dict[StageName, Signature]:
    """Names and shapes of the stages of one member of the family."""
    image = _spec("image", 3, preset.input_px, preset.input_px)
    keypoints = (preset.motion.num_keypoints, 3)
    coordinates = 3 * preset.motion.num_keypoints
    appearance = _appearance(preset.appearance, preset.input_px)
    placed = (_spec("kp_driving", *keypoints), _spec("kp_source", *keypoints))
    motion = (
        _spec("pitch", NUM_POSE_BINS),
        _spec("yaw", NUM_POSE_BINS),
        _spec("roll", NUM_POSE_BINS),
        _spec("translation", 3),
        _spec("expression", *keypoints),
        _spec("scale", 1),
        _spec("canonical_keypoints", *keypoints),
    )
    rendered = (_spec("image", 3, preset.output_px, preset.output_px),)
    table: dict[StageName, tuple[tuple[TensorSpec, ...], tuple[TensorSpec, ...]]] = {
        "appearance_feature_extractor": ((image,), appearance),
        "motion_extractor": ((image,), motion),
        "renderer": ((appearance[0], *placed, *appearance[1:]), rendered),
        "stitching_network": _features_to_offsets(2 * coordinates, coordinates + 2),
        "eye_network": _features_to_offsets(coordinates + 3, coordinates),
        "lip_network": _features_to_offsets(coordinates + 2, coordinates),
    }
    return {
        name: Signature(name=name, inputs=inputs, outputs=outputs)
        for name, (inputs, outputs) in table.items()
    }


def _appearance(config: AppearanceConfig, input_px: int) -> tuple[TensorSpec, ...]:
    """`volume`, then `detail_0`, `detail_1`, ... with the coarsest first and the picture last."""
    unshuffled_px = input_px // config.unshuffle
    volume_px = unshuffled_px // 2**config.num_down_blocks
    volume = _spec("volume", config.volume_channels, config.volume_depth, volume_px, volume_px)
    sizes_px = [input_px, *(unshuffled_px // 2**level for level in range(config.num_down_blocks + 1))]
    coarsest_first = reversed(sizes_px[: config.num_details])
    details = enumerate(zip(detail_channels(config), coarsest_first, strict=True))
    return (volume, *(_spec(f"detail_{i}", channels, px, px) for i, (channels, px) in details))


def _features_to_offsets(
    num_features: int, num_offsets: int
) -> tuple[tuple[TensorSpec, ...], tuple[TensorSpec, ...]]:
    return (_spec("features", num_features),), (_spec("offsets", num_offsets),)


def _spec(name: str, *shape: int) -> TensorSpec:
    return TensorSpec(name=name, shape=shape)
