"""The deployed form computes what the trained form computes, with fewer multiplications."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

from liveportrait.engines.signatures import StageName, make_stages
from liveportrait.networks.appearance_feature_extractor import Appearance, AppearanceConfig
from liveportrait.networks.deployment.optimize import optimize
from liveportrait.networks.deployment.warping_network import VolumeSampler
from liveportrait.networks.presets import HUMAN, MINI, TINY, PortraitNetworks, Preset
from liveportrait.networks.spade_generator import GeneratorConfig
from liveportrait.networks.warping_network import Warped
from liveportrait.ops.atlas import sample_volume_in_atlas
from liveportrait.ops.sampling import sample_volume
from tests.random_networks import random_networks

SMALL_HUMAN = replace(
    HUMAN,
    appearance=AppearanceConfig(
        width=4, max_width=16, volume_channels=3, volume_depth=5, num_residual_blocks=2
    ),
    motion=TINY.motion,
    warping=replace(TINY.warping, detail=None),
    generator=GeneratorConfig(middle_width=16, num_middle_blocks=2, up_widths=(12, 6), modulation_width=8),
)
"""The released model's structure: no details, two doublings behind the middle."""

SMALL_PRESETS = pytest.mark.parametrize("preset", [TINY, SMALL_HUMAN], ids=["tiny", "small human"])

Rendered = tuple[Appearance, Warped, Tensor]


def render(networks: PortraitNetworks, *, side_px: int, batch: int = 1) -> Rendered:
    """Everything from a random picture and random keypoints."""
    like = next(networks.motion_extractor.parameters())
    generator = torch.Generator().manual_seed(3)
    num_keypoints = networks.preset.motion.num_keypoints
    image, driving, source = (
        torch.rand(batch, *shape, generator=generator, dtype=like.dtype)
        for shape in ((3, side_px, side_px), (num_keypoints, 3), (num_keypoints, 3))
    )
    with torch.no_grad():
        appearance = networks.appearance_feature_extractor(image)
        warped = networks.warping_network(appearance, 2 * driving - 1, 2 * source - 1)
        return appearance, warped, networks.spade_generator(warped)


DRIVEN_FRAME: tuple[StageName, ...] = ("motion_extractor", "stitching_network", "renderer")
"""What computes for every driven frame."""


def millions_of_macs(preset: Preset, stages: Sequence[StageName], *, deployed: bool) -> float:
    """Multiplications of one call of each of these stages."""
    with torch.device("meta"):
        networks = PortraitNetworks(preset).eval()
    made = make_stages(optimize(networks) if deployed else networks)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        for name in stages:
            inputs = [torch.zeros(1, *spec.shape, device="meta") for spec in made[name].signature.inputs]
            made[name].module(*inputs)
    return counter.get_total_flops() / 2e6


@SMALL_PRESETS
@pytest.mark.parametrize("sampler", [sample_volume, sample_volume_in_atlas])
def test_equal_in_double_precision(preset: Preset, sampler: VolumeSampler) -> None:
    networks = random_networks(preset).double()
    expected = render(networks, side_px=64, batch=2)
    deployed = render(
        optimize(networks, feature_dtype=torch.float64, sample_volume=sampler), side_px=64, batch=2
    )
    assert_close(deployed, expected, rtol=0, atol=1e-10)


def test_equal_in_single_precision() -> None:
    networks = random_networks(MINI)
    _, _, expected = render(networks, side_px=256)
    _, _, image = render(optimize(networks), side_px=256)
    assert psnr(image, expected) > 100


@SMALL_PRESETS
def test_half_precision_features_leave_coordinates_alone(preset: Preset) -> None:
    networks = random_networks(preset)
    _, exact, expected = render(networks, side_px=64)
    deployed = optimize(networks, feature_dtype=torch.bfloat16)
    _, rounded, image = render(deployed, side_px=64)
    assert image.dtype == rounded.deformation.dtype == torch.float32
    assert rounded.feature.dtype == torch.bfloat16
    # bf16 tells coordinates near 1 apart by no less than 1/256.
    assert (rounded.deformation - exact.deformation).abs().max() < 1 / 256
    assert psnr(image, expected) > 40


def test_the_given_networks_stay_as_they_are() -> None:
    networks = random_networks(TINY)
    before = {name: value.clone() for name, value in networks.state_dict().items()}
    optimize(networks, feature_dtype=torch.bfloat16)
    assert_close(networks.state_dict(), before, rtol=0, atol=0)


@pytest.mark.parametrize(("preset", "saved"), [(HUMAN, 0.14), (MINI, 0.09)], ids=["human", "mini"])
def test_a_driven_frame_takes_fewer_multiplications(preset: Preset, saved: float) -> None:
    before, after = (millions_of_macs(preset, DRIVEN_FRAME, deployed=deployed) for deployed in (False, True))
    assert after < (1 - saved) * before


def test_the_published_number_of_multiplications() -> None:
    """Of warping and generating."""
    assert millions_of_macs(HUMAN, ["renderer"], deployed=False) == pytest.approx(616_800, rel=1e-3)


def psnr(image: Tensor, expected: Tensor) -> float:
    return float(-10 * torch.log10((image - expected).square().mean()))
