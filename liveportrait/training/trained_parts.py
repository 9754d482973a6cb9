"""Which networks of a model learn in a stage; the others stay as they are."""

from collections.abc import Sequence

from liveportrait.networks.landmark_trunk import FaceLandmarkTrunk
from liveportrait.networks.presets import PortraitNetworks

BASE_PARTS = ("appearance_feature_extractor", "motion_extractor", "warping_network", "spade_generator")
RETARGETING_PARTS = ("stitching_network", "eye_network", "lip_network")


def train_only(networks: PortraitNetworks, parts: Sequence[str]) -> None:
    """Gradients and training mode for `parts`, neither for all others."""
    networks.eval().requires_grad_(False)
    for part in parts:
        networks.get_submodule(part).train().requires_grad_(True)


def freeze_first_blocks(networks: PortraitNetworks, num_blocks: int) -> None:
    """Keep the first blocks of a landmark trunk: they see edges, and half of the time goes into them."""
    if num_blocks == 0:
        return
    for module in networks.motion_extractor.modules():
        if isinstance(module, FaceLandmarkTrunk):
            module.stem.requires_grad_(False)
            module.stem_activation.requires_grad_(False)
            module.blocks[:num_blocks].requires_grad_(False)
