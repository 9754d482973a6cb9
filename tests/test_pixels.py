"""Bytes to numbers and back: as PyTorch would have it, without its threads."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from liveportrait import pixels
from liveportrait.ops.picture_bytes import bytes_from_image, image_from_bytes
from liveportrait.pixels import frame_from_image, image_from_frame, images_from_frames
from tests.fake_gpu import OnGpu, leave_operations_to_torch


def some_frame(seed: int = 0, size: tuple[int, int] = (34, 50)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)


def test_every_byte_has_the_value_that_pytorch_gives_it() -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    expected = torch.from_numpy(ramp).permute(2, 0, 1)[None].float() / 255.0
    assert_close(image_from_frame(ramp), expected, rtol=0, atol=0)
    assert np.array_equal(frame_from_image(expected), ramp)


def test_values_are_cut_and_truncated_as_pytorch_does() -> None:
    values = torch.linspace(-0.2, 1.2, 3 * 64 * 64).view(1, 3, 64, 64)
    expected = (values[0].clamp(0, 1) * 255.0).to(torch.uint8).permute(1, 2, 0).numpy()
    frame = frame_from_image(values)
    assert np.array_equal(frame, expected)
    assert frame.flags.c_contiguous
    assert float(values.max()) > 1.19  # the caller's image is as it was


def test_an_image_lies_in_memory_as_its_frame_does() -> None:
    """Engines take it as it is, without turning it."""
    for frame in (some_frame(), some_frame()[::-1, ::-1], some_frame().transpose(1, 0, 2)):
        image = image_from_frame(frame)
        assert image.permute(0, 2, 3, 1).is_contiguous()
        assert np.array_equal(frame_from_image(image), frame)


def test_frames_keep_their_places_in_a_batch() -> None:
    frames = np.stack([some_frame(seed) for seed in range(3)])
    images = images_from_frames(frames)
    for frame, image in zip(frames, images, strict=True):
        assert_close(image[None], image_from_frame(frame), rtol=0, atol=0)


def test_half_precision_comes_back_too() -> None:
    image = image_from_frame(some_frame()).bfloat16()
    assert np.abs(frame_from_image(image).astype(int) - some_frame().astype(int)).max() <= 2


def test_a_device_is_sent_bytes_and_sends_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the operations that have kernels; `meta` is a device that computes nothing."""
    leave_operations_to_torch(monkeypatch)
    calls = []
    monkeypatch.setattr(
        pixels, "image_from_bytes", lambda given: calls.append(given) or image_from_bytes(given)
    )
    image = image_from_frame(some_frame(), device="meta")
    assert (calls[0].dtype, calls[0].device.type) == (torch.uint8, "meta")
    assert (image.shape, image.dtype) == ((1, 3, 34, 50), torch.float32)

    monkeypatch.setattr(
        pixels, "bytes_from_image", lambda given: calls.append(given) or bytes_from_image(given)
    )
    there = OnGpu(torch.cat((image_from_frame(some_frame()), image_from_frame(some_frame(1)))))
    assert np.array_equal(frame_from_image(there), some_frame())
    assert calls[1].shape == (1, 3, 34, 50)
