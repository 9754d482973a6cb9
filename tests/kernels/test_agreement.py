"""Every kernel equals its float64 oracle: odd sizes, borders, extremes, both precisions, both layouts."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from kernels.modulate import oracle as modulate_oracle
from kernels.paste_image import oracle as paste_oracle
from kernels.picture_bytes import oracle as bytes_oracle
from kernels.warp_by_masks import oracle as warp_oracle
from liveportrait.ops.native import load_kernels
from tests.kernels.cases import modulate_case, paste_case, warp_case

pytest.importorskip("triton", reason="NOT RUN: Triton is not installed; pip install 'liveportrait[kernels]'")

TOLERANCES = {torch.float32: 1e-5, torch.float16: 2e-3}
"""In half precision two roundings of the last place; sums are fp32."""

WARPS = {
    "usual": warp_case(),
    "two items, one channel, one shift": warp_case(batch=2, channels=1, size=(2, 3, 4), num_shifts=1),
    "several programs, a power of two": warp_case(channels=8, size=(4, 5, 7)),
    "far outside": warp_case(reach=3.0),
    "one mask takes all": warp_case(confidence=80.0),
    "one cell thick": warp_case(size=(2, 2, 2)),
}

MODULATIONS = {
    "usual": modulate_case(),
    "two items, blocks of channels": modulate_case(batch=2, channels=66, height=2, width=3),
    "enlarged": modulate_case(height=5, width=3, times=2),
    "several splits": modulate_case(channels=1, height=46, width=46),
    "far from zero": modulate_case(offset=30.0),
}


def on(device: torch.device, array: np.ndarray, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.from_numpy(array).to(device, dtype)


def rounded(arrays: tuple[np.ndarray, ...], dtype: torch.dtype) -> list[np.ndarray]:
    """The values that a tensor of that precision holds: their rounding is not the kernel's error."""
    return [torch.from_numpy(array).to(dtype).double().numpy() for array in arrays]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16], ids=str)
@pytest.mark.parametrize("name", WARPS)
def test_warp_by_masks(name: str, dtype: torch.dtype, device: torch.device) -> None:
    volume, logits, shifts = WARPS[name]
    (volume,), (logits, shifts) = rounded((volume,), dtype), rounded((logits, shifts), torch.float32)
    kernel = load_kernels("warp_by_masks").warp_by_masks
    moved, deformation = kernel(on(device, volume, dtype), on(device, logits), on(device, shifts))
    expected, places = warp_oracle.warp_by_masks(volume, logits, shifts)
    assert_close(deformation.cpu().double(), torch.from_numpy(places), rtol=1e-5, atol=1e-5)
    assert moved.dtype == dtype
    # A place may be off by a millionth of the cube: thrice a cell's size in contrast, at most.
    tolerance = max(1e-4, TOLERANCES[dtype])
    assert_close(moved.cpu().double(), torch.from_numpy(expected), rtol=tolerance, atol=tolerance)


def test_the_warp_reads_a_volume_as_it_lies(device: torch.device) -> None:
    volume, logits, shifts = (on(device, array) for array in warp_case(batch=2))
    kernel = load_kernels("warp_by_masks").warp_by_masks
    lying = volume.to(memory_format=torch.channels_last_3d)
    assert torch.equal(kernel(lying, logits, shifts)[0], kernel(volume, logits, shifts)[0])


def test_a_volume_that_is_not_a_number_stays_in_its_place(device: torch.device) -> None:
    volume, logits, shifts = (on(device, array) for array in warp_case(reach=0.0))
    volume[0, :, 0, 0, 0] = torch.nan
    moved, _ = load_kernels("warp_by_masks").warp_by_masks(volume, logits, shifts)
    assert moved[0, :, -1, -1, -1].isfinite().all()


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last], ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16], ids=str)
@pytest.mark.parametrize("name", MODULATIONS)
def test_modulate(name: str, dtype: torch.dtype, layout: torch.memory_format, device: torch.device) -> None:
    features, gain, shift = rounded(MODULATIONS[name], dtype)
    tensors = [on(device, array, dtype).to(memory_format=layout) for array in (features, gain, shift)]
    found = load_kernels("modulate").modulate(*tensors, 0.2)
    assert found.dtype == dtype
    assert found.is_contiguous(memory_format=layout)
    expected = torch.from_numpy(modulate_oracle.modulate(features, gain, shift, 0.2))
    assert_close(found.cpu().double(), expected, rtol=TOLERANCES[dtype], atol=TOLERANCES[dtype])


def test_flat_features_are_all_shift(device: torch.device) -> None:
    """No variance: epsilon keeps what is left finite."""
    features, gain, shift = (on(device, array) for array in modulate_case())
    found = load_kernels("modulate").modulate(torch.full_like(features, 3.0), gain, shift.abs(), 0.2)
    assert_close(found, shift.abs())


def test_inputs_stay_as_they_are(device: torch.device) -> None:
    tensors = [on(device, array) for array in modulate_case(times=2)]
    before = [tensor.clone() for tensor in tensors]
    load_kernels("modulate").modulate(*tensors, 0.2)
    assert all(torch.equal(*pair) for pair in zip(tensors, before, strict=True))


def test_every_byte_to_an_image_and_back(device: torch.device) -> None:
    kernels = load_kernels("picture_bytes")
    pixels = np.random.default_rng(0).permutation(np.arange(2 * 3 * 11 * 37) % 256).astype(np.uint8)
    pixels = pixels.reshape(2, 11, 37, 3)
    image = kernels.image_from_bytes(on(device, pixels, torch.uint8))
    expected = bytes_oracle.image_from_bytes(pixels).astype(np.float32)
    assert np.array_equal(image.cpu().numpy(), expected)
    assert np.array_equal(kernels.bytes_from_image(image).cpu().numpy(), pixels)


def test_an_image_is_cut_to_its_range(device: torch.device) -> None:
    image = np.linspace(-2, 3, 3 * 5 * 9, dtype=np.float32).reshape(1, 3, 5, 9)
    found = load_kernels("picture_bytes").bytes_from_image(on(device, image))
    assert np.array_equal(found.cpu().numpy(), bytes_oracle.bytes_from_image(image))


@pytest.mark.parametrize("part_hw", [(9, 11), (1, 1), (20, 31)])
def test_paste_image(part_hw: tuple[int, int], device: torch.device) -> None:
    part, *rest = paste_case(part_hw=part_hw)
    rest = rounded(tuple(rest), torch.float32)
    kernel = load_kernels("paste_image").paste_image
    found = kernel(on(device, part, torch.uint8), *(on(device, array) for array in rest)).cpu().numpy()
    # Half a level by rounding, and what fp32 leaves of a place.
    assert np.abs(found - paste_oracle.paste_image(part, *rest)).max() < 0.51


def test_nothing_is_pasted_into_no_part(device: torch.device) -> None:
    part, *rest = paste_case(part_hw=(0, 5))
    kernel = load_kernels("paste_image").paste_image
    assert kernel(on(device, part, torch.uint8), *(on(device, array) for array in rest)).shape == (0, 5, 3)
