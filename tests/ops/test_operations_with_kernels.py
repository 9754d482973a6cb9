"""The references in PyTorch equal the float64 oracles that stand beside the kernels."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from kernels.modulate import oracle as modulate_oracle
from kernels.paste_image import oracle as paste_oracle
from kernels.picture_bytes import oracle as bytes_oracle
from kernels.warp_by_masks import oracle as warp_oracle
from liveportrait.face.paste_back import paste_back, paste_place
from liveportrait.ops.mask_warp import warp_by_masks
from liveportrait.ops.modulation import modulate
from liveportrait.ops.pasting import paste_image
from liveportrait.ops.picture_bytes import bytes_from_image, image_from_bytes
from liveportrait.pixels import frame_from_image, image_from_frame
from tests.kernels.cases import modulate_case, paste_case, warp_case


@pytest.mark.parametrize(
    "case",
    [
        warp_case(),
        warp_case(batch=2, channels=1, size=(2, 3, 4), num_shifts=1),
        warp_case(reach=3.0),
        warp_case(confidence=80.0),
    ],
    ids=["usual", "small", "far outside", "one mask takes all"],
)
def test_the_warp(case: tuple[np.ndarray, ...]) -> None:
    moved, deformation = warp_by_masks(*map(torch.from_numpy, case))
    expected_moved, expected_deformation = warp_oracle.warp_by_masks(*case)
    assert_close(deformation, torch.from_numpy(expected_deformation), rtol=0, atol=1e-12)
    assert_close(moved, torch.from_numpy(expected_moved), rtol=0, atol=1e-12)


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("offset", [0.0, 1000.0])
def test_the_modulation(times: int, offset: float) -> None:
    case = modulate_case(times=times, offset=offset)
    found = modulate(*map(torch.from_numpy, case), slope=0.2)
    assert_close(found, torch.from_numpy(modulate_oracle.modulate(*case, 0.2)), rtol=0, atol=1e-9)


def test_modulation_is_what_the_networks_compute() -> None:
    features, gain, shift = map(torch.from_numpy, modulate_case(times=2))
    enlarged = F.interpolate(features, scale_factor=2.0, mode="nearest")
    expected = F.leaky_relu(F.instance_norm(enlarged, eps=1e-5) * gain + shift, 0.2)
    assert_close(modulate(features, gain, shift, slope=0.2), expected, rtol=0, atol=1e-12)


def test_bytes_to_an_image_and_back() -> None:
    pixels = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 16, 16, 3)
    image = image_from_bytes(torch.from_numpy(pixels))
    assert_close(image.double(), torch.from_numpy(bytes_oracle.image_from_bytes(pixels)), rtol=0, atol=1e-7)
    assert np.array_equal(bytes_from_image(image).numpy(), pixels)


def test_bytes_are_those_of_the_cpu_path() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    image = image_from_bytes(torch.from_numpy(frame).unsqueeze(0))
    assert torch.equal(image, image_from_frame(frame))
    dark = image * 1.3 - 0.15
    assert np.array_equal(bytes_from_image(dark)[0].numpy(), frame_from_image(dark))


def test_the_paste() -> None:
    part, *rest = paste_case()
    found = paste_image(torch.from_numpy(part), *map(torch.from_numpy, rest))
    assert np.abs(found.numpy() - paste_oracle.paste_image(part, *rest)).max() <= 0.5 + 1e-9


def test_the_paste_is_that_of_the_cpu_path() -> None:
    """But for a level: OpenCV rounds places to 1/32 pixel and the crop to bytes before it is moved."""
    random = np.random.default_rng(0)
    frame = random.integers(0, 256, (90, 120, 3), np.uint8)
    smooth = torch.rand(1, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    image = F.interpolate(smooth, size=(64, 64), mode="bicubic").clamp(0, 1)
    frame_from_crop = np.array([[0.8, -0.1, 30.0], [0.1, 0.8, 12.0], [0.0, 0.0, 1.0]])
    place = paste_place(frame_from_crop, crop_size_px=64, frame_size_wh=(120, 90))
    expected = paste_back(frame, frame_from_image(image), place)[place.rows, place.columns]
    found = paste_image(
        torch.from_numpy(frame[place.rows, place.columns]),
        image,
        torch.from_numpy(place.weights),
        torch.from_numpy(np.linalg.inv(place.part_from_crop)[:2].astype(np.float32)),
    )
    assert np.abs(found.numpy().astype(int) - expected).max() <= 2


def test_half_precision_goes_in_and_comes_out() -> None:
    """But for shifts, which are coordinates."""
    volume, logits, shifts = map(torch.from_numpy, warp_case())
    moved, deformation = warp_by_masks(volume.half(), logits.half(), shifts.float())
    assert (moved.dtype, deformation.dtype) == (torch.float16, torch.float32)
    features = (torch.from_numpy(array).half() for array in modulate_case(offset=100.0))
    modulated = modulate(*features, slope=0.2)
    assert modulated.dtype == torch.float16
    assert modulated.isfinite().all()
