"""Run by test_distributed.py under torchrun: one step of stage I on each process's share of a batch.

Writes the gradients of networks and discriminators that each process ends up with.
"""

import sys
from dataclasses import replace
from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from liveportrait.checkpoints.bundled import bundled_weights_dir
from liveportrait.training.distributed import DistributedConfig, joined_processes
from liveportrait.training.guides import OPENINGS
from liveportrait.training.keypoint_terms import KeypointWeights
from liveportrait.training.pairs import MotionTargets, PairBatch
from liveportrait.training.shards import load_reference_head, open_shards
from liveportrait.training.stage_one_learner import StageOneConfig
from tests.training.small_stages import all_losses, small_batch, small_learner


def gradients(batch: PairBatch, fabric: Fabric) -> dict[str, Tensor]:
    """Of every parameter that learns, after one step on `batch`."""
    learner = small_learner(repeatable(), fabric)
    for module in learner._networks.modules():
        if isinstance(module, nn.BatchNorm2d | nn.BatchNorm3d):
            module.eval()  # in training mode each process has statistics of its own
    numbers = learner.learn(batch, step=0, pace=1.0)
    assert {name for name, value in numbers.items() if value == 0} == {"equivariance"}
    assert learner._adversary is not None
    named = [*learner._networks.named_parameters(), *learner._adversary.cascade.named_parameters()]
    return {name: parameter.grad for name, parameter in named if parameter.grad is not None}


def repeatable() -> StageOneConfig:
    """Every loss but equivariance, whose warps are drawn at random in each process."""
    config = all_losses()
    keypoints = KeypointWeights(equivariance=0.0, min_squared_distance=0.001)
    return replace(config, weights=replace(config.weights, keypoints=keypoints))


def joined_batch(folder: Path) -> PairBatch:
    """Four pairs, the same in every process: one is a still, and three mouths open as far as no other."""
    head = load_reference_head(bundled_weights_dir() / "face" / "canonical_face.safetensors")
    batch = small_batch(open_shards(folder, head), batch_size=4)
    heights = torch.tensor([0.1, 0.0, 0.2, 0.3])
    return batch._replace(
        source_targets=_with_mouths(batch.source_targets, torch.zeros(4)),
        driving_targets=_with_mouths(batch.driving_targets, heights),
    )


def _with_mouths(targets: MotionTargets, heights: Tensor) -> MotionTargets:
    (upper, lower), keypoints = OPENINGS[0], targets.keypoints.clone()
    keypoints[:, lower] = keypoints[:, upper]
    keypoints[:, lower, 1] += heights
    return targets._replace(keypoints=keypoints, knows_rest=torch.tensor([True, True, False, True]))


def share_of(batch: PairBatch, *, rank: int) -> PairBatch:
    """Half of the pairs."""
    return PairBatch(
        source=batch.source.chunk(2)[rank],
        driving=batch.driving.chunk(2)[rank],
        source_targets=MotionTargets(*(values.chunk(2)[rank] for values in batch.source_targets)),
        driving_targets=MotionTargets(*(values.chunk(2)[rank] for values in batch.driving_targets)),
    )


def main(data: Path, out: Path) -> None:
    with joined_processes(DistributedConfig(accelerator="cpu", num_devices=2, strategy="ddp")) as fabric:
        batch = share_of(joined_batch(data), rank=fabric.global_rank)
        torch.save(gradients(batch, fabric), out / f"{fabric.global_rank}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
