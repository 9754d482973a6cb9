"""Floors are what they say: counted work over the rates of a data sheet."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from liveportrait.benchmarking.cards import CARDS, Card
from liveportrait.benchmarking.counting import count_macs
from liveportrait.benchmarking.gpu_floor import gpu_floors, stage_operations
from liveportrait.benchmarking.kernel_traffic import kernel_traffic
from liveportrait.benchmarking.traffic import record
from liveportrait.networks.presets import HUMAN, TINY

SLOW = Card(
    name="slow",
    capability="0.0",
    fp16_tflops=1.0,
    fp16_sums_tflops=2.0,
    fp32_tflops=0.5,
    gbytes_per_second=1e9,
    source="made up",
)


def test_a_convolution_is_counted_once() -> None:
    image, weight = torch.empty(1, 3, 8, 8, device="meta"), torch.empty(5, 3, 3, 3, device="meta")
    (operation,) = record(lambda: F.conv2d(image, weight, padding=1))
    assert operation.macs == 5 * 8 * 8 * 3 * 9
    assert operation.num_bytes == 4 * (3 * 64 + 5 * 27 + 5 * 64)


def test_views_move_nothing_and_repeated_axes_are_read_once() -> None:
    tensor = torch.empty(4, 1, 6, device="meta")
    (operation,) = record(lambda: tensor.flatten().view(3, 8)[1:].add(1))
    assert operation.num_bytes == 4 * 2 * 16
    (operation,) = record(lambda: tensor.expand(4, 9, 6).relu())
    assert operation.num_bytes == 4 * (24 + 4 * 9 * 6)


def test_counts_are_those_of_the_benchmark() -> None:
    counted = count_macs(TINY, engine="torch", precision="fp32")
    for name, operations in stage_operations(TINY, "trained").items():
        assert sum(operation.macs for operation in operations) == counted[name]


def test_a_floor_without_a_limit_to_memory_is_macs_over_peak() -> None:
    for floor in gpu_floors(HUMAN, "trained", cards=[SLOW])[:1]:
        assert floor.gmacs == pytest.approx(616.8, abs=0.5)
        # fp32 remains in what places pixels, which is little.
        assert floor.computed_ms == pytest.approx(2 * floor.gmacs, rel=0.01)
        assert floor.computed_ms_fp16_sums == pytest.approx(floor.gmacs, rel=0.02)


def test_no_card_is_faster_with_wider_sums() -> None:
    for floor in gpu_floors(TINY, "deployed"):
        assert 0 < floor.computed_ms_fp16_sums <= floor.computed_ms
    assert all(card.fp16_sums_tflops >= card.fp16_tflops > card.fp32_tflops for card in CARDS)


def test_kernels_save_bytes_and_launches() -> None:
    for row in kernel_traffic():
        assert row.mbytes < row.mbytes_in_torch / 2
        assert row.launches < row.launches_in_torch


def test_the_kernels_readme_tells_these_figures() -> None:
    readme = (Path(__file__).parents[2] / "kernels" / "README.md").read_text()
    (card,) = (card for card in CARDS if card.name == "RTX 4090")
    for row in kernel_traffic():
        mbytes = [
            f"{value:.0f}" if value > 10 else f"{value:.1f}" for value in (row.mbytes_in_torch, row.mbytes)
        ]
        cells = (f"`{row.kernel}`", str(row.calls_a_frame), *mbytes, f"{row.saved_ms(card):.2g}")
        assert f"| {' | '.join(cells)} |" in readme
