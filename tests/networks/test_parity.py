"""The networks compute the released model's functions, from checkpoints read by our own loader."""

from typing import Any

import pytest
import torch
from torch import Tensor

from liveportrait.motion.retargeting import apply_stitching
from liveportrait.motion.state import degrees_from_logits, motion_from_prediction
from liveportrait.networks.appearance_feature_extractor import Appearance
from liveportrait.networks.dense_motion import gaussians, sparse_motions
from liveportrait.networks.deployment.optimize import optimize
from liveportrait.networks.motion_extractor import MotionPrediction
from liveportrait.networks.presets import PortraitNetworks
from liveportrait.networks.warping_network import Warped
from liveportrait.ops.sampling import volume_grid
from tests.networks.tracing import Trace
from tests.oracle import golden, oracle_module


def image(name: str, seed: int) -> Tensor:
    io = oracle_module("golden_io")
    return torch.from_numpy(io.to_net(io.make_input(seed, name)))


def tensor(name: str, seed: int) -> Tensor:
    return torch.from_numpy(oracle_module("golden_io").make_input(seed, name))


@pytest.fixture(scope="module")
def deployed_networks(released_networks: PortraitNetworks) -> PortraitNetworks:
    """The form that engines run, in fp32."""
    return optimize(released_networks)


@pytest.fixture(autouse=True)
def _no_gradients() -> Any:
    with torch.inference_mode():
        yield


@pytest.mark.parametrize("case", ["small", "full"])
def test_parity_of_the_appearance_feature_extractor(case: str, released_networks: PortraitNetworks) -> None:
    expected = golden("F")
    with Trace(released_networks, component="appearance_feature_extractor", golden=expected) as trace:
        network = released_networks.appearance_feature_extractor
        appearance = network(image(f"F/{case}/image", expected.seed))
    expected.check(f"{case}/out", appearance.volume)
    assert appearance.details == ()
    if case == "full":
        assert trace.check() >= 12


@pytest.mark.parametrize("case", ["small", "full"])
def test_parity_of_the_motion_extractor(case: str, released_networks: PortraitNetworks) -> None:
    expected = golden("M")
    picture = image(f"M/{case}/image", expected.seed)
    with Trace(released_networks, component="motion_extractor", golden=expected) as trace:
        prediction: MotionPrediction = released_networks.motion_extractor(picture)
    for name in ("pitch", "yaw", "roll", "scale"):
        expected.check(f"{case}/raw/{name}", getattr(prediction, name))
    expected.check(f"{case}/raw/t", prediction.translation)
    expected.check(f"{case}/raw/exp", prediction.expression.flatten(1))
    expected.check(f"{case}/raw/kp", prediction.canonical_keypoints.flatten(1))
    for angle in ("pitch", "yaw", "roll"):
        expected.check(f"{case}/refined/{angle}", degrees_from_logits(getattr(prediction, angle))[:, None])
    motion = motion_from_prediction(prediction)
    expected.check(f"{case}/refined/R", motion.rotation)
    expected.check(f"{case}/refined/x", motion.keypoints())
    if case == "full":
        assert trace.check() >= 50


def test_parity_of_the_backbone_features(released_networks: PortraitNetworks) -> None:
    expected = golden("M")
    backbone = released_networks.motion_extractor.backbone
    expected.check("small/features", backbone(image("M/small/image", expected.seed)))


@pytest.mark.parametrize("case", ["small", "same", "edge", "full"])
def test_parity_of_the_warping_network(case: str, released_networks: PortraitNetworks) -> None:
    expected = golden("W")
    network = released_networks.warping_network
    appearance = Appearance(tensor(f"W/{case}/feature", expected.seed), ())
    keypoints = [torch.from_numpy(expected.input(f"{case}/kp_{who}")) for who in ("driving", "source")]
    masks: list[Tensor] = []
    handle = network.dense_motion.register_forward_hook(lambda _m, _i, motion: masks.append(motion.mask))
    with Trace(released_networks, component="warping_module", golden=expected) as trace:
        warped = network(appearance, *keypoints)
    handle.remove()
    expected.check(f"{case}/out", warped.feature)
    expected.check(f"{case}/deformation", warped.deformation)
    expected.check(f"{case}/occlusion_map", warped.occlusion_map)
    expected.check(f"{case}/mask", masks[0])
    if case == "full":
        assert trace.check() >= 20


@pytest.mark.parametrize("case", ["small", "edge"])
def test_parity_inside_of_the_warping_network(case: str, released_networks: PortraitNetworks) -> None:
    expected = golden("W")
    network = released_networks.warping_network
    volume = tensor(f"W/{case}/feature", expected.seed)
    driving, source = (torch.from_numpy(expected.input(f"{case}/kp_{who}")) for who in ("driving", "source"))
    seen: dict[str, Tensor] = {}

    def keep_input(name: str) -> Any:
        return lambda _module, inputs: seen.update({name: inputs[0]})

    def keep_output(name: str) -> Any:
        return lambda _module, _inputs, output: seen.update({name: output})

    handles = [
        network.dense_motion.hourglass.register_forward_pre_hook(keep_input("proposals")),
        network.dense_motion.mask.register_forward_pre_hook(keep_input("hourglass")),
        network.projection.register_forward_pre_hook(keep_input("warped")),
        network.output.register_forward_hook(keep_output("pre_occlusion")),
    ]
    network(Appearance(volume, ()), driving, source)
    for handle in handles:
        handle.remove()

    grid = volume_grid(*volume.shape[-3:], device=volume.device)
    proposals = seen["proposals"].unflatten(1, (22, 5))
    expected.check(f"{case}/heatmap", proposals[:, :, 0])
    expected.check(f"{case}/deformed_feature", proposals[:, :, 1:])
    expected.check(f"{case}/hourglass", seen["hourglass"])
    expected.check(f"{case}/warped", seen["warped"].unflatten(1, volume.shape[1:3]))
    expected.check(f"{case}/pre_occlusion", seen["pre_occlusion"])
    torch.testing.assert_close(proposals[:, 1:, 0], gaussians(grid, driving) - gaussians(grid, source))
    if case == "small":
        motion = network.dense_motion
        expected.check("small/compressed", motion.compress_norm(motion.compress(volume)).relu())
        expected.check("small/sparse_motion", sparse_motions(grid, driving, source))


@pytest.mark.parametrize("case", ["small", "full"])
def test_parity_of_the_spade_generator(case: str, released_networks: PortraitNetworks) -> None:
    expected = golden("G")
    with Trace(released_networks, component="spade_generator", golden=expected) as trace:
        picture = released_networks.spade_generator(warped_of(tensor(f"G/{case}/feature", expected.seed)))
    expected.check(f"{case}/out", picture)
    if case == "full":
        assert trace.check() >= 44


@pytest.mark.parametrize("case", ["small", "full"])
def test_parity_of_the_deployed_appearance_feature_extractor(
    case: str, deployed_networks: PortraitNetworks
) -> None:
    expected = golden("F")
    appearance = deployed_networks.appearance_feature_extractor(image(f"F/{case}/image", expected.seed))
    expected.check(f"{case}/out", appearance.volume)


@pytest.mark.parametrize("case", ["small", "same", "edge", "full"])
def test_parity_of_the_deployed_warping_network(case: str, deployed_networks: PortraitNetworks) -> None:
    expected = golden("W")
    appearance = Appearance(tensor(f"W/{case}/feature", expected.seed), ())
    keypoints = [torch.from_numpy(expected.input(f"{case}/kp_{who}")) for who in ("driving", "source")]
    warped = deployed_networks.warping_network(appearance, *keypoints)
    expected.check(f"{case}/out", warped.feature)
    expected.check(f"{case}/deformation", warped.deformation)
    expected.check(f"{case}/occlusion_map", warped.occlusion_map)


@pytest.mark.parametrize("case", ["small", "full"])
def test_parity_of_the_deployed_spade_generator(case: str, deployed_networks: PortraitNetworks) -> None:
    expected = golden("G")
    feature = tensor(f"G/{case}/feature", expected.seed)
    expected.check(f"{case}/out", deployed_networks.spade_generator(warped_of(feature)))


def warped_of(feature: Tensor) -> Warped:
    """Without details the generator looks at nothing but the feature."""
    batch, _, height, width = feature.shape
    return Warped(feature, (), torch.zeros(batch, 1, height, width, 3), torch.ones(batch, 1, height, width))


@pytest.mark.parametrize(
    ("released", "ours"),
    [
        ("G_middle_0.conv_0", "middle_blocks.0.conv0"),
        ("up_0.conv_s", "up_blocks.0.shortcut.conv"),
        ("up_1.conv_1", "up_blocks.1.conv1"),
    ],
)
def test_parity_of_the_folded_spectral_norm(
    released: str, ours: str, released_networks: PortraitNetworks
) -> None:
    expected = golden("G")
    original = oracle_module("synth_weights").build("spade_generator", expected.seed)[
        f"{released}.weight_orig"
    ]
    weight = released_networks.spade_generator.get_parameter(f"{ours}.weight")
    expected.check(f"weight/{released}", weight)
    expected.check(f"sigma/{released}", (original.norm() / weight.norm()).reshape(()))


def test_parity_of_stitching_and_retargeting(released_networks: PortraitNetworks) -> None:
    expected = golden("S")
    source, driving = (torch.from_numpy(expected.input(f"kp_{who}")) for who in ("source", "driving"))
    raw = released_networks.stitching_network(torch.cat((source.flatten(1), driving.flatten(1)), 1))
    expected.check("stitch/raw", raw)
    expected.check("stitch/applied", apply_stitching(driving, raw))
    for name in ("eye", "lip"):
        network = getattr(released_networks, f"{name}_network")
        ratios = torch.from_numpy(expected.input(f"{name}_ratio"))
        offsets = network(torch.cat((source.flatten(1), ratios), 1))
        expected.check(f"{name}/delta", offsets.unflatten(1, (21, 3)))
