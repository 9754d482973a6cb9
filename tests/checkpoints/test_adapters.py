"""Released names, in all spellings met in the wild, under our names."""

import pytest
import torch

from liveportrait.checkpoints.adapters import ADAPTERS, Adapter
from liveportrait.checkpoints.strict import empty_networks
from liveportrait.networks.presets import HUMAN

NAMES = {
    "appearance_feature_extractor": {
        "first.conv.weight": "stem.conv.weight",
        "down_blocks.1.norm.running_var": "down_blocks.1.block.norm.running_var",
        "second.bias": "to_volume.bias",
        "resblocks_3d.3dr5.norm2.num_batches_tracked": "residual_blocks.5.norm2.num_batches_tracked",
    },
    "motion_extractor": {
        "detector.downsample_layers.0.0.weight": "backbone.downsample.0.0.weight",
        "detector.downsample_layers.0.1.weight": "backbone.downsample.0.1.norm.weight",
        "detector.downsample_layers.3.0.bias": "backbone.downsample.3.0.norm.bias",
        "detector.downsample_layers.3.1.bias": "backbone.downsample.3.1.bias",
        "detector.stages.2.8.dwconv.weight": "backbone.stages.2.8.depthwise.weight",
        "detector.stages.0.0.grn.gamma": "backbone.stages.0.0.response_norm.gamma",
        "detector.stages.0.0.pwconv1.bias": "backbone.stages.0.0.expand.bias",
        "detector.stages.0.0.pwconv2.bias": "backbone.stages.0.0.project.bias",
        "detector.norm.weight": "backbone.norm.weight",
        "detector.fc_kp.weight": "canonical_keypoints.weight",
        "detector.fc_t.bias": "translation.bias",
        "detector.fc_exp.bias": "expression.bias",
        "fc_yaw.bias": "yaw.bias",
    },
    "warping_module": {
        "dense_motion_network.norm.weight": "dense_motion.compress_norm.weight",
        "dense_motion_network.hourglass.encoder.down_blocks.4.conv.bias": (
            "dense_motion.hourglass.down_blocks.4.block.conv.bias"
        ),
        "dense_motion_network.hourglass.decoder.up_blocks.0.norm.bias": (
            "dense_motion.hourglass.up_blocks.0.block.norm.bias"
        ),
        "dense_motion_network.hourglass.decoder.conv.weight": "dense_motion.hourglass.output.conv.weight",
        "dense_motion_network.mask.weight": "dense_motion.mask.weight",
        "third.conv.weight": "projection.weight",
        "third.norm.running_mean": "projection_norm.running_mean",
        "fourth.bias": "output.bias",
    },
    "spade_generator": {
        "fc.weight": "input.weight",
        "G_middle_5.conv_1.bias": "middle_blocks.5.conv1.bias",
        "G_middle_0.norm_0.mlp_shared.0.weight": "middle_blocks.0.norm0.shared.weight",
        "up_1.norm_s.mlp_beta.bias": "up_blocks.1.shortcut.norm.beta.bias",
        "up_0.conv_s.weight": "up_blocks.0.shortcut.conv.weight",
        "conv_img.0.bias": "output.conv.bias",
    },
}


def adapter_of(component: str) -> Adapter:
    (adapter,) = (adapter for adapter in ADAPTERS if adapter.component == component)
    return adapter


@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("component", NAMES)
def test_names_become_ours(component: str, prefix: str) -> None:
    adapter = adapter_of(component)
    ours = empty_networks(HUMAN).state_dict()
    for released, name in NAMES[component].items():
        assert adapter.rename(prefix + released) == f"{adapter.networks[0]}.{name}"
        assert f"{adapter.networks[0]}.{name}" in ours


@pytest.mark.parametrize(
    "section", ["{section}.module.", "{section}.", "{section}_module.", "{section}_module.module."]
)
def test_the_three_small_networks_are_found_under_every_spelling(section: str) -> None:
    adapter = adapter_of("stitching_retargeting_module")
    ours = empty_networks(HUMAN).state_dict()
    for released, network, last in (
        ("retarget_shoulder", "stitching_network", 3),
        ("retarget_mouth", "lip_network", 3),
        ("retarget_eye", "eye_network", 5),
    ):
        name = section.format(section=released) + f"mlp.{2 * last}.weight"
        assert adapter.rename(name) == f"{network}.layers.{last}.weight"
        assert f"{network}.layers.{last}.weight" in ours


def test_what_training_left_beside_the_small_networks_is_ignored() -> None:
    leftovers = {"optimizer.step": torch.ones(1), "retarget_mouth.module.mlp.0.bias": torch.zeros(128)}
    assert adapter_of("stitching_retargeting_module").adapt(leftovers).keys() == {"lip_network.layers.0.bias"}


def test_an_unknown_name_in_another_file_is_kept_for_the_strict_check() -> None:
    adapted = adapter_of("warping_module").adapt({"fifth.weight": torch.ones(1)})
    assert adapted.keys() == {"warping_network.fifth.weight"}


def test_counters_stay_integers() -> None:
    counter = {"first.norm.num_batches_tracked": torch.tensor(1000)}
    (adapted,) = adapter_of("appearance_feature_extractor").adapt(counter).values()
    assert adapted.dtype == torch.int64
