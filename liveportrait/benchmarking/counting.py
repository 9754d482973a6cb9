"""Multiply-accumulates: what a network computes, and what the machine could at best."""

import time
from collections.abc import Callable

import torch
from torch.utils.flop_counter import FlopCounterMode

from liveportrait.engines.self_test import example_inputs
from liveportrait.engines.signatures import StageName, make_stages
from liveportrait.networks.presets import PortraitNetworks

_SIDE = 1024
_SECONDS = 1.0


def count_macs(networks: PortraitNetworks) -> dict[StageName, int]:
    """Of every stage for one picture, in its plain form: convolutions and matrix products."""
    counts: dict[StageName, int] = {}
    for name, stage in make_stages(networks).items():
        inputs = stage.signature.in_order(example_inputs(stage.signature))
        with torch.inference_mode(), FlopCounterMode(display=False) as counter:
            stage.module(*inputs)
        counts[name] = counter.get_total_flops() // 2
    return counts


def clock_of(device: torch.device) -> Callable[[], float]:
    """Core time on a CPU, so that others who are busy there count less; wall time on a GPU."""
    return time.process_time if device.type == "cpu" else time.perf_counter


def matmul_gmacs_per_second(device: torch.device, dtype: torch.dtype) -> float:
    """A roof that is measured: square matrix products, the best of a second; of core time on a CPU."""
    clock = clock_of(device)
    left, right = (torch.rand(_SIDE, _SIDE, device=device).to(dtype) for _ in range(2))
    best = 0.0
    deadline = time.perf_counter() + _SECONDS
    while best == 0.0 or time.perf_counter() < deadline:
        start = clock()
        float((left @ right)[0, 0])  # reading a value waits for the device
        best = max(best, _SIDE**3 / (clock() - start) / 1e9)
    return best
