"""Bytes to numbers and back: as PyTorch would have it, without its threads."""

import numpy as np
import torch
from torch.testing import assert_close

from liveportrait.pixels import frame_from_image, image_from_frame, images_from_frames


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
