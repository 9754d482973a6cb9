"""What was drawn goes into its frame where it lies: on a GPU as on the CPU, but for two levels."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from liveportrait.arrays import FrameRGB
from liveportrait.face import paste_drawn as module
from liveportrait.face.paste_back import PastePlace, paste_back, paste_place
from liveportrait.face.paste_drawn import paste_drawn, paste_on_device
from liveportrait.geometry import similarity
from liveportrait.pixels import frame_from_image, image_from_frame
from tests.fake_gpu import OnGpu, leave_operations_to_torch

FRAME = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)


def smooth_image(batch: int = 1) -> Tensor:
    """Without noise: moving it by 1/32 pixel changes little."""
    coarse = torch.rand(batch, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    return F.interpolate(coarse, size=(64, 64), mode="bicubic").clamp(0, 1)


def place_at(x: float = 40.0, y: float = 20.0, *, scale: float = 0.8, angle: float = 0.1) -> PastePlace:
    shift = similarity(scale=scale, angle_rad=angle, from_xy=(0.0, 0.0), to_xy=(x, y))
    return paste_place(shift, crop_size_px=64, frame_size_wh=(120, 90))


@settings(max_examples=25, deadline=None)
@given(
    scale=st.floats(0.3, 3.0),
    angle=st.floats(-3.2, 3.2),
    x=st.floats(-60, 150),
    y=st.floats(-60, 120),
)
def test_both_ways_agree(scale: float, angle: float, x: float, y: float) -> None:
    image, place = smooth_image(), place_at(x, y, scale=scale, angle=angle)
    here, there = paste_back(FRAME, frame_from_image(image), place), paste_on_device(FRAME, image, place)
    assert np.abs(here.astype(int) - there).max() <= 2


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="NOT RUN: there is no GPU here")
def test_a_gpu_agrees() -> None:
    """By its kernels, where there are any."""
    image = smooth_image()
    here, there = (paste_drawn(FRAME, drawn, place_at()) for drawn in (image, image.cuda()))
    assert np.array_equal(here.crop, there.crop)
    assert np.abs(here.frame.astype(int) - there.frame).max() <= 2
    assert np.array_equal(
        image_from_frame(FRAME, device="cuda").cpu().numpy(), image_from_frame(FRAME).numpy()
    )


def test_inputs_stay_as_they_are() -> None:
    frame, image = FRAME.copy(), smooth_image()
    pasted = paste_on_device(frame, image, place_at())
    assert np.array_equal(frame, FRAME)
    assert torch.equal(image, smooth_image())
    assert not np.shares_memory(pasted, frame)


def test_half_precision_keeps_its_places() -> None:
    """Far right in a wide frame half a pixel is more than half precision can tell."""
    wide = np.zeros((40, 4000, 3), np.uint8)
    shift = similarity(scale=8.0, angle_rad=0.0, from_xy=(0.0, 0.0), to_xy=(3001.0, -200.0))
    place = paste_place(shift, crop_size_px=64, frame_size_wh=(4000, 40))
    full, half = (paste_on_device(wide, image, place) for image in (smooth_image(), smooth_image().half()))
    assert np.abs(full.astype(int) - half).max() <= 1


def test_the_first_of_a_batch_is_pasted() -> None:
    images = smooth_image(batch=2)
    assert np.array_equal(
        paste_on_device(FRAME, images, place_at()), paste_on_device(FRAME, images[:1], place_at())
    )


@pytest.mark.parametrize(("drawn", "way"), [(smooth_image(), "here"), (OnGpu(smooth_image()), "there")])
def test_it_is_pasted_where_it_lies(drawn: Tensor, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def as_told(told: str) -> object:
        def paste(frame: FrameRGB, _drawn: object, _place: PastePlace) -> FrameRGB:
            ways.append(told)
            return frame

        return paste

    ways: list[str] = []
    leave_operations_to_torch(monkeypatch)
    monkeypatch.setattr(module, "paste_back", as_told("here"))
    monkeypatch.setattr(module, "paste_on_device", as_told("there"))
    pasted = paste_drawn(FRAME, drawn, place_at())
    assert ways == [way]
    assert np.array_equal(pasted.crop, frame_from_image(smooth_image()))


def test_what_a_still_source_needs_goes_there_once() -> None:
    place, device = place_at(), torch.device("cpu")
    assert module._constants(place, device) is module._constants(place, device)
    assert module._constants(place, device) is not module._constants(place_at(), device)
