"""Multiply-accumulates: what a network computes, and what the machine could at best."""

import time
from collections.abc import Callable

import torch
import torch.nn.functional as F

from liveportrait.engines.catalogue import ENGINE_KINDS, KINDS_ON_REQUEST
from liveportrait.engines.protocol import EngineName, ExportPrecision
from liveportrait.engines.signatures import StageName, make_stages
from liveportrait.export.parity import count_stage_macs
from liveportrait.networks.presets import PortraitNetworks, Preset

_CHANNELS, _SIDE_PX, _KERNEL = 256, 128, 3
_SECONDS = 1.0


def count_macs(preset: Preset, *, engine: EngineName, precision: ExportPrecision) -> dict[StageName, int]:
    """Of every stage for one picture, in the form that the engine runs: convolutions and matrix products.

    int8 and fp8 are of an export, which has as many as the engine's own form.
    """
    (kind,) = (kind for kind in (*ENGINE_KINDS, *KINDS_ON_REQUEST) if kind.name == engine)
    with torch.device("meta"):
        networks = PortraitNetworks(preset).eval()
    form = "fp32" if precision in ("int8", "fp8") else precision
    stages = make_stages(kind.prepare(networks, form))
    return {name: count_stage_macs(stage) for name, stage in stages.items()}


def clock_of(device: torch.device) -> Callable[[], float]:
    """Core time on a CPU, so that others who are busy there count less; wall time on a GPU."""
    return time.process_time if device.type == "cpu" else time.perf_counter


@torch.inference_mode()
def convolution_gmacs_per_second(device: torch.device, dtype: torch.dtype) -> float:
    """A roof that is measured: PyTorch's large 3x3 convolution, the best of a second; of core time on a CPU.

    Channels last, as half precision on tensor cores and on AMX wants it.
    """
    clock = clock_of(device)
    features = torch.rand(1, _CHANNELS, _SIDE_PX, _SIDE_PX, device=device)
    weight = torch.rand(_CHANNELS, _CHANNELS, _KERNEL, _KERNEL, device=device)
    features, weight = (values.to(dtype, memory_format=torch.channels_last) for values in (features, weight))
    macs = weight.numel() * _SIDE_PX**2
    best = 0.0
    deadline = time.perf_counter() + _SECONDS
    while best == 0.0 or time.perf_counter() < deadline:
        start = clock()
        float(F.conv2d(features, weight, padding="same")[0, 0, 0, 0])  # reading a value waits for the device
        best = max(best, macs / (clock() - start) / 1e9)
    return best
