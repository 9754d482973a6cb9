"""Run by test_distributed.py under torchrun: the gradients of each process's share of a batch, to a file."""

import sys
from pathlib import Path

import torch
from torch import nn

from liveportrait.training.distributed import DistributedConfig, start_fabric


class Step(nn.Module):
    """Two networks and a loss behind one forward, as a training step has."""

    def __init__(self) -> None:
        super().__init__()
        self.extractor = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 6))
        self.generator = nn.Linear(6, 12)

    def forward(self, source: torch.Tensor, driving: torch.Tensor) -> torch.Tensor:
        made = self.generator(self.extractor(source) - self.extractor(driving))
        return (made - driving.flatten(1)[:, :12]).abs().mean()


def make_step() -> Step:
    torch.manual_seed(0)
    return Step()


def make_batch() -> tuple[torch.Tensor, torch.Tensor]:
    source, driving = torch.rand(2, 8, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    return source, driving


def main(folder: Path) -> None:
    fabric = start_fabric(
        DistributedConfig(accelerator="cpu", num_devices=2, strategy="ddp", precision="32-true")
    )
    step = make_step()
    wrapped = fabric.setup(step)
    source, driving = (batch.chunk(2)[fabric.global_rank] for batch in make_batch())
    fabric.backward(wrapped(source, driving))
    gradients = {name: parameter.grad for name, parameter in step.named_parameters()}
    torch.save(gradients, folder / f"{fabric.global_rank}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
