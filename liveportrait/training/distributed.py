"""Several devices, processes or nodes, through Lightning Fabric.

Fabric rather than Accelerate: no global state and no settings file, devices and strategy are
plain arguments, and one script runs alone, under `torchrun`, or on many nodes. Start with
`torchrun --nproc-per-node N -m liveportrait train ...`.

Gradients are averaged over processes, so a run of N processes with batch B equals one with
batch N B wherever losses are means over the batch. Batch norms in training mode break that:
their statistics stay those of each process. So does stage two, which takes its drivers from each
process's own share.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import torch.distributed
from lightning_fabric import Fabric


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributedConfig:
    """On what a run is spread."""

    accelerator: Literal["auto", "cpu", "cuda"] = "auto"
    num_devices: int = 1
    """Processes on each node, one a device."""
    num_nodes: int = 1
    strategy: Literal["auto", "ddp"] = "auto"
    """`ddp` keeps whole networks in every process: the largest has 0.13 billion parameters."""


@contextmanager
def joined_processes(config: DistributedConfig) -> Iterator[Fabric]:
    """Meet the other processes of the run, and part from them at its end.

    A process that exits while gloo's threads still run may abort: they ask for an interpreter that
    is gone. Torchrun then calls a finished run a failed one.
    """
    fabric = start_fabric(config)
    try:
        yield fabric
    finally:
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()


def start_fabric(config: DistributedConfig) -> Fabric:
    """Join the other processes of the run; wrap networks and optimisers with its `setup`.

    A step that calls several networks goes through one module's `forward`: only there are
    gradients collected. Precision is fp32 here: steps say themselves what runs under autocast.
    """
    fabric = Fabric(
        accelerator=config.accelerator,
        devices=config.num_devices,
        num_nodes=config.num_nodes,
        strategy=config.strategy,
        precision="32-true",
    )
    fabric.launch()
    return fabric


def seed_of_process(seed: int, *, rank: int) -> int:
    """A sampler's seed: processes that drew the same pairs would only repeat each other."""
    return seed + 1_000_003 * rank
