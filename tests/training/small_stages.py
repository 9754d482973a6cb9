"""Stage I of the tiny model with every loss in use, for tests: small pictures, fake judges."""

from dataclasses import replace
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from liveportrait.networks.presets import TINY, PortraitNetworks
from liveportrait.tensors import FeatureMap, ImageBatch, ImagePoints
from liveportrait.training.distributed import DistributedConfig, start_fabric
from liveportrait.training.opening_meter import MeshPoints
from liveportrait.training.pairs import PairBatch, PairConfig, PairSampler
from liveportrait.training.recipes import tiny
from liveportrait.training.regions import Boxes
from liveportrait.training.shards import Shard
from liveportrait.training.shown_face import ShownFaceWeights
from liveportrait.training.stage_one_learner import StageOneConfig, StageOneLearner
from liveportrait.training.stage_one_step import Teachers


class PlainBackbone(nn.Module):
    """Feature maps of a fixed random convolution."""

    licence = "none needed"

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.register_buffer("kernel", torch.randn(4, 3, 5, 5, generator=generator))

    def forward(self, image: ImageBatch) -> list[FeatureMap]:
        return [torch.nn.functional.conv2d(image, self.get_buffer("kernel"), stride=4)]


class PlainEmbedder(nn.Module):
    """The picture's coarse colours as a person."""

    licence = "none needed"

    def forward(self, image: ImageBatch, points: ImagePoints) -> Tensor:
        return torch.nn.functional.adaptive_avg_pool2d(image, 4).flatten(1) - 0.3


def plain_mesh(image: ImageBatch, boxes: Boxes) -> MeshPoints:
    """478 points out of the picture's coarse colours."""
    colors = torch.nn.functional.adaptive_avg_pool2d(image, 18).flatten(1)
    return colors[:, :956].unflatten(1, (478, 2))


def one_process() -> Fabric:
    return start_fabric(DistributedConfig(accelerator="cpu"))


def all_losses(**changes: Any) -> StageOneConfig:
    """The tiny recipe's stage I, its discriminators there from the first step."""
    one = tiny().one
    assert one.adversary is not None
    config = replace(
        one,
        adversary=replace(one.adversary, first_step=0),
        photometric=None,
        weights=replace(
            one.weights,
            image=replace(one.weights.image, mouth=1.0),
            shown=ShownFaceWeights(points=1.0, openings=1.0),
            unseen_mouth=1.0,
        ),
    )
    return replace(config, **changes)


def small_learner(config: StageOneConfig, fabric: Fabric) -> StageOneLearner:
    """The same networks at every call."""
    torch.manual_seed(0)
    teachers = Teachers(backbone=PlainBackbone(), embedder=PlainEmbedder(), mesh=plain_mesh)
    return StageOneLearner(PortraitNetworks(TINY), config, teachers, fabric)


def small_batch(shards: tuple[Shard, ...], *, batch_size: int = 2) -> PairBatch:
    """The networks' own size: 256 px."""
    return next(iter(PairSampler(shards, PairConfig(), batch_size=batch_size, seed=0)))
