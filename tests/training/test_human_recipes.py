"""The recipes for owners of GPUs, run here on a human model made small: same stages, losses and settings."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from liveportrait.errors import WeightsError
from liveportrait.motion.openings import Openings
from liveportrait.networks.convnext import ConvNextConfig
from liveportrait.networks.presets import HUMAN, PortraitNetworks
from liveportrait.tensors import ImageBatch
from liveportrait.training.discriminator import DiscriminatorConfig
from liveportrait.training.pairs import PairBatch, PairConfig, PairSampler
from liveportrait.training.recipes import Recipe, human, human_finetune
from liveportrait.training.regions import Boxes
from liveportrait.training.shards import Shard
from liveportrait.training.stage_one import RegionSizes, reconstruct
from liveportrait.training.stage_one_learner import RENDERING_PARTS, StageOneLearner
from liveportrait.training.stage_one_step import Teachers
from liveportrait.training.stage_two_learner import StageTwoLearner
from liveportrait.training.starting_weights import start_networks
from liveportrait.training.trained_parts import BASE_PARTS, RETARGETING_PARTS, train_only
from tests.training.small_stages import PlainBackbone, PlainEmbedder, one_process, plain_mesh

SMALL = replace(
    HUMAN,
    input_px=64,
    output_px=128,
    appearance=replace(
        HUMAN.appearance, width=8, max_width=16, volume_channels=4, volume_depth=4, num_residual_blocks=1
    ),
    motion=replace(HUMAN.motion, backbone=ConvNextConfig(depths=(1, 1, 1, 1), widths=(8, 8, 16, 16))),
    warping=replace(
        HUMAN.warping,
        dense_motion=replace(HUMAN.warping.dense_motion, width=4, max_width=16, num_levels=2),
        output_channels=16,
        projection_width=16,
    ),
    generator=replace(
        HUMAN.generator, middle_width=16, num_middle_blocks=1, up_widths=(16, 8), modulation_width=8
    ),
)

LOSSES_OF_THE_PAPER = {
    *("equivariance", "prior", "pose", "deformation", "landmarks", "identity"),
    *("perceptual", "perceptual_regions", "adversarial", "feature_matching"),
    *("pixels", "regions"),
}
"""Section 3.2, the last row apart: L1 is ours."""


class Brightness:
    """Takes light for opening."""

    def __call__(self, image: ImageBatch, face_boxes: Boxes) -> Openings:
        light = image.mean(dim=(1, 2, 3))[:, None]
        return Openings(eyes=light.expand(-1, 2), lips=light)


def made_small(recipe: Recipe) -> Recipe:
    """Narrower networks, smaller pictures; nothing else is changed."""
    assert recipe.one.adversary is not None
    one = replace(
        recipe.one,
        sizes=RegionSizes(whole_px=64, face_px=64, part_px=32),
        adversary=replace(recipe.one.adversary, discriminator=DiscriminatorConfig(widths=(4, 8, 8, 8))),
    )
    return replace(recipe, preset=SMALL, one=one)


@pytest.fixture(scope="module")
def batch(drawn_shards: tuple[Shard, ...]) -> PairBatch:
    pairs = PairConfig(size_px=SMALL.output_px)
    return next(iter(PairSampler(drawn_shards, pairs, batch_size=2, seed=0)))


def first_stage(recipe: Recipe) -> StageOneLearner:
    torch.manual_seed(0)
    teachers = Teachers(backbone=PlainBackbone(), embedder=PlainEmbedder(), mesh=plain_mesh)
    return StageOneLearner(PortraitNetworks(recipe.preset), recipe.one, teachers, one_process())


def second_stage(recipe: Recipe, networks: PortraitNetworks) -> StageTwoLearner:
    return StageTwoLearner(networks, recipe.two, Brightness(), one_process())


def test_from_scratch_every_loss_of_the_paper_counts_and_everything_learns(batch: PairBatch) -> None:
    learner = first_stage(made_small(human()))
    opponents = learner._adversary
    assert opponents is not None
    watched = dict(learner._networks.named_children()) | dict(opponents.cascade.regions.named_children())
    before = values(watched)
    numbers = learner.learn(batch, step=opponents.config.first_step, pace=1.0)
    assert counted(numbers) == LOSSES_OF_THE_PAPER
    assert changed(watched, before) == {*BASE_PARTS, "whole", "face", "lips"}
    assert without_gradient(learner._networks) == without_gradient(opponents.cascade) == []


def test_fine_tuning_learns_to_draw_and_leaves_the_keypoints(batch: PairBatch) -> None:
    learner = first_stage(made_small(human_finetune()))
    assert learner._adversary is not None
    watched = dict(learner._networks.named_children())
    before = values(watched)
    numbers = learner.learn(batch, step=learner._adversary.config.first_step, pace=1.0)
    of_pictures = LOSSES_OF_THE_PAPER - {"equivariance", "prior", "pose", "deformation", "landmarks"}
    assert counted(numbers) == of_pictures
    assert changed(watched, before) == set(RENDERING_PARTS)
    assert without_gradient(learner._networks) == []


@pytest.mark.parametrize("recipe", [human(), human_finetune()], ids=["human", "human_finetune"])
def test_the_small_networks_learn_through_the_frozen_ones(recipe: Recipe, batch: PairBatch) -> None:
    """Twice: a network that begins anew has no slope behind its last layer yet."""
    torch.manual_seed(0)
    networks = PortraitNetworks(SMALL)
    last = networks.stitching_network.layers[-1].get_parameter("weight")
    nn.init.normal_(last, std=0.01)
    learner = second_stage(made_small(recipe), networks)
    assert bool((last == 0).all()) == (recipe.start == "scratch"), "released ones are kept"
    watched = dict(networks.named_children())
    before = values(watched)
    numbers = [learner.learn(batch, step=step, pace=1.0) for step in range(2)]
    assert len(counted(numbers[-1])) == 9
    assert changed(watched, before) == set(RETARGETING_PARTS)
    assert without_gradient(networks) == []


def test_fine_tuning_begins_with_the_released_model(oracle_checkpoints: Path) -> None:
    """At half the size, which is a quarter of the time."""
    networks = start_networks(human_finetune().preset, human_finetune().start, oracle_checkpoints)
    train_only(networks, RENDERING_PARTS)
    assert {part for part in BASE_PARTS if is_trained(networks.get_submodule(part))} == set(RENDERING_PARTS)
    networks.preset = replace(HUMAN, input_px=128, output_px=256)
    picture = torch.rand(1, 3, 256, 256, generator=torch.Generator().manual_seed(0))
    pair = PairBatch(picture, picture.flip(3), None, None)  # pyright: ignore[reportArgumentType]
    with torch.no_grad():
        made = reconstruct(networks, pair, amp=torch.autocast("cpu", torch.bfloat16))
    assert made.image.shape == picture.shape
    assert made.image.isfinite().all() and made.image.std() > 0
    assert not made.kp_source.equal(made.kp_driving)


def test_fine_tuning_refuses_other_models(tiny_model: Path) -> None:
    with pytest.raises(WeightsError, match="the preset tiny, the recipe trains human"):
        start_networks(HUMAN, "released", tiny_model)


def values(parts: dict[str, nn.Module]) -> dict[str, Tensor]:
    return {
        name: torch.cat([one.detach().flatten() for one in part.parameters()]).clone()
        for name, part in parts.items()
    }


def changed(parts: dict[str, nn.Module], before: dict[str, Tensor]) -> set[str]:
    return {name for name, value in values(parts).items() if not value.equal(before[name])}


def counted(numbers: dict[str, Tensor]) -> set[str]:
    """The losses that are not nothing."""
    assert all(value.isfinite() for value in numbers.values())
    return {name for name, value in numbers.items() if value != 0} - {
        "loss",
        "gradient_norm",
        "discriminators",
    }


def without_gradient(module: nn.Module) -> list[str]:
    """Parameters that are said to learn and got nothing: DDP waits for them for ever."""
    return [name for name, value in module.named_parameters() if value.requires_grad and value.grad is None]


def is_trained(module: nn.Module) -> bool:
    return module.training and all(parameter.requires_grad for parameter in module.parameters())
