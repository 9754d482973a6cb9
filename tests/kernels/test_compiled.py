"""Every kernel compiles for every generation of cards, within limits, at the sizes of the human model."""

from collections.abc import Callable
from typing import Any

import pytest

from liveportrait.ops.native import load_kernels
from tests.kernels.compiling import compiled_as_launched
from tests.kernels.conftest import IS_INTERPRETER

pytest.importorskip("triton", reason="NOT RUN: Triton is not installed; pip install 'liveportrait[kernels]'")
pytestmark = pytest.mark.skipif(IS_INTERPRETER, reason="the interpreter compiles nothing")

CAPABILITIES = {"A100": 80, "RTX 4090, L4": 89, "H100": 90, "RTX 5090": 120}

WARP = {"logits": "*fp32", "shifts": "*fp32", "deformation": "*fp32", "depth": 16, "height": 64, "width": 64}
WARP |= {"NUM_SHIFTS": 21, "NUM_CHANNELS": 32, "CHANNELS": 32}
MOMENTS = {"features": "*fp16", "moments": "*fp32"}
MOMENTS |= {"num_channels": 512, "num_positions": 4096, "positions_a_split": 1024}
APPLY = {"gain": "*fp16", "shift": "*fp16", "result": "*fp16", "num_splits": 4, "height": 64, "width": 64}
APPLY |= {"slope": 0.2, "epsilon": 1e-5, "features": "*fp16", "moments": "*fp32", "num_channels": 512}
FIRST = {"channel_stride": 4096, "position_stride": 1}
LAST = {"channel_stride": 1, "position_stride": 512}
SMALL_FIRST = {"small_channel_stride": 4096, "small_position_stride": 1}
SMALL_LAST = {"small_channel_stride": 1, "small_position_stride": 512}
PASTE = {"part": "*u8", "image": "*fp32", "weights": "*fp32", "image_from_part": "*fp32", "pasted": "*u8"}
PASTE |= {"num_pixels": 250_000, "width": 500, "image_height": 512, "image_width": 512}


def launch(folder: str, kernel: str, **arguments: Any) -> tuple[Any, dict[str, Any]]:
    """A kernel and its arguments; the size of a block is that of the module."""
    module = load_kernels(folder)
    return getattr(module, kernel), {"BLOCK": getattr(module, "BLOCK", 0)} | arguments


def tile(name: str) -> dict[str, int]:
    shape = getattr(load_kernels("modulate"), name)
    return {"CHANNELS": shape.channels, "POSITIONS": shape.positions}


LAUNCHES: dict[str, Callable[[], tuple[Any, dict[str, Any]]]] = {
    "warp fp16": lambda: launch("warp_by_masks", "warp_kernel", **WARP, volume="*fp16", moved="*fp16"),
    "warp fp32": lambda: launch("warp_by_masks", "warp_kernel", **WARP, volume="*fp32", moved="*fp32"),
    "moments, channels first": lambda: launch(
        "modulate", "moments_kernel", **MOMENTS, **FIRST, **tile("CHANNELS_FIRST")
    ),
    "moments, channels last": lambda: launch(
        "modulate", "moments_kernel", **MOMENTS, **LAST, **tile("CHANNELS_LAST")
    ),
    "apply, channels first": lambda: launch(
        "modulate", "apply_kernel", **APPLY, **FIRST, **SMALL_FIRST, **tile("CHANNELS_FIRST"), ENLARGED=1
    ),
    "apply, channels last, enlarged": lambda: launch(
        "modulate", "apply_kernel", **APPLY, **LAST, **SMALL_LAST, **tile("CHANNELS_LAST"), ENLARGED=2
    ),
    "bytes to image": lambda: launch(
        "picture_bytes", "to_image_kernel", pixels="*u8", image="*fp32", num_pixels=65_536
    ),
    "image to bytes": lambda: launch(
        "picture_bytes", "to_bytes_kernel", pixels="*u8", image="*fp32", num_pixels=65_536
    ),
    "paste": lambda: launch("paste_image", "paste_kernel", **PASTE),
}

MOST_REGISTERS = 128
"""A thread: four blocks of 128 threads still fit on a multiprocessor."""

MOST_SHARED_BYTES = 16 * 1024


@pytest.mark.parametrize("capability", CAPABILITIES.values(), ids=CAPABILITIES)
@pytest.mark.parametrize("name", LAUNCHES)
def test_within_limits(name: str, capability: int) -> None:
    made = compiled_as_launched(*LAUNCHES[name](), capability)
    assert made.registers <= MOST_REGISTERS
    assert made.spilled_bytes == 0
    assert made.shared_bytes <= MOST_SHARED_BYTES


@pytest.mark.parametrize(
    "name",
    [
        "warp fp16",
        "warp fp32",
        "moments, channels first",
        "moments, channels last",
        "apply, channels first",
        "apply, channels last, enlarged",
    ],
)
def test_features_are_read_sixteen_bytes_at_a_time(name: str) -> None:
    made = compiled_as_launched(*LAUNCHES[name](), 89)
    assert "ld.global.v4.b32" in made.ptx
    assert "ld.global.b16" not in made.ptx
