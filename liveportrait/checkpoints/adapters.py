"""From the names in released checkpoints to the names in `PortraitNetworks`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from liveportrait.checkpoints.spectral_norm import fold_spectral_norm


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """How one released file is read."""

    component: str
    """The stem of the released file's name."""
    networks: tuple[str, ...]
    """What it fills in `PortraitNetworks`."""
    prefix: str
    """Before every renamed name; empty where the rules say it themselves."""
    rules: tuple[tuple[str, str], ...]
    """Patterns and replacements, applied one after the other."""
    ignore_others: bool = False
    """Training left further entries in this file."""

    def rename(self, name: str) -> str:
        """Our name of a released tensor; a name without a rule comes back as it is, but for the prefix."""
        for pattern, replacement in self.rules:
            name = re.sub(pattern, replacement, name)
        return self.prefix + name

    def adapt(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The tensors under our names, spectral norm folded."""
        renamed = {self.rename(name): tensor for name, tensor in fold_spectral_norm(tensors).items()}
        if not self.ignore_others:
            return renamed
        return {name: tensor for name, tensor in renamed.items() if name.startswith(self.networks)}


# Left by DistributedDataParallel.
_WRAPPER = (r"(^|\.)module\.", r"\1")

_APPEARANCE = Adapter(
    component="appearance_feature_extractor",
    networks=("appearance_feature_extractor",),
    prefix="appearance_feature_extractor.",
    rules=(
        _WRAPPER,
        (r"^first\.", "stem."),
        (r"^down_blocks\.(\d+)\.", r"down_blocks.\1.block."),
        (r"^second\.", "to_volume."),
        (r"^resblocks_3d\.3dr(\d+)\.", r"residual_blocks.\1."),
    ),
)

_MOTION = Adapter(
    component="motion_extractor",
    networks=("motion_extractor",),
    prefix="motion_extractor.",
    rules=(
        _WRAPPER,
        (r"^detector\.", ""),
        (r"^downsample_layers\.0\.1\.", "downsample_layers.0.1.norm."),
        (r"^downsample_layers\.([1-9])\.0\.", r"downsample_layers.\1.0.norm."),
        (r"^downsample_layers\.", "backbone.downsample."),
        (r"^(stages|norm)\.", r"backbone.\1."),
        (r"\.dwconv\.", ".depthwise."),
        (r"\.pwconv1\.", ".expand."),
        (r"\.grn\.", ".response_norm."),
        (r"\.pwconv2\.", ".project."),
        (r"^fc_kp\.", "canonical_keypoints."),
        (r"^fc_exp\.", "expression."),
        (r"^fc_t\.", "translation."),
        (r"^fc_(pitch|yaw|roll|scale)\.", r"\1."),
    ),
)

_WARPING = Adapter(
    component="warping_module",
    networks=("warping_network",),
    prefix="warping_network.",
    rules=(
        _WRAPPER,
        (r"^dense_motion_network\.", "dense_motion."),
        (r"^dense_motion\.norm\.", "dense_motion.compress_norm."),
        (r"\.(?:en|de)coder\.(down|up)_blocks\.(\d+)\.", r".\1_blocks.\2.block."),
        (r"\.decoder\.", ".output."),
        (r"^third\.conv\.", "projection."),
        (r"^third\.norm\.", "projection_norm."),
        (r"^fourth\.", "output."),
    ),
)

_GENERATOR = Adapter(
    component="spade_generator",
    networks=("spade_generator",),
    prefix="spade_generator.",
    rules=(
        _WRAPPER,
        (r"^fc\.", "input."),
        (r"^G_middle_(\d+)\.", r"middle_blocks.\1."),
        (r"^up_(\d+)\.", r"up_blocks.\1."),
        (r"\.(conv|norm)_s\.", r".shortcut.\1."),
        (r"\.(conv|norm)_([01])\.", r".\1\2."),
        (r"\.mlp_shared\.0\.", ".shared."),
        (r"\.mlp_(gamma|beta)\.", r".\1."),
        (r"^conv_img\.0\.", "output.conv."),
    ),
)

_RETARGETING = Adapter(
    component="stitching_retargeting_module",
    networks=("stitching_network", "eye_network", "lip_network"),
    prefix="",
    rules=(
        _WRAPPER,
        (r"^retarget_shoulder(_module)?\.", "stitching_network."),
        (r"^retarget_eye(_module)?\.", "eye_network."),
        (r"^retarget_mouth(_module)?\.", "lip_network."),
        # A linear layer and its activation count as two in the released files.
        *((rf"\.mlp\.{2 * layer}\.", f".layers.{layer}.") for layer in range(6)),
    ),
    ignore_others=True,
)

ADAPTERS = (_APPEARANCE, _MOTION, _WARPING, _GENERATOR, _RETARGETING)
"""One for each released file."""
