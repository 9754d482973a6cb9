from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from liveportrait.training.adversary import AdversaryConfig
from liveportrait.training.guides import OPENINGS
from liveportrait.training.pairs import PairBatch
from liveportrait.training.shards import Shard
from liveportrait.training.stage_one_learner import StageOneLearner
from liveportrait.training.trained_parts import BASE_PARTS
from tests.training.small_stages import all_losses, one_process, small_batch, small_learner

PICTURE_LOSSES = (
    "pixels",
    "regions",
    "mouth",
    "perceptual",
    "perceptual_regions",
    "identity",
    "shown_points",
    "shown_openings",
)
LABEL_LOSSES = ("landmarks", "opening", "canonical", "expression", "pose", "placement")
KEYPOINT_LOSSES = ("equivariance", "prior", "deformation", "agreement")
ADVERSARIAL_LOSSES = ("adversarial", "feature_matching")
DRAWING_LOSSES = ("unseen_mouth",)


@pytest.fixture(scope="module")
def batch(drawn_shards: tuple[Shard, ...]) -> PairBatch:
    """Sources with closed mouths, so that what opens is unseen."""
    drawn = small_batch(drawn_shards)
    keypoints, (upper, lower) = drawn.source_targets.keypoints.clone(), OPENINGS[0]
    keypoints[:, lower] = keypoints[:, upper]
    return drawn._replace(source_targets=drawn.source_targets._replace(keypoints=keypoints))


@pytest.fixture(scope="module")
def learner() -> StageOneLearner:
    """Read only: its losses are looked at, no step is taken."""
    return small_learner(all_losses(), one_process())


@pytest.fixture(scope="module")
def losses(learner: StageOneLearner, batch: PairBatch) -> dict[str, Tensor]:
    torch.manual_seed(0)
    output = learner._descent.module(batch)
    assert learner._adversary is not None
    return output.losses | learner._oppose(learner._adversary, output.image, batch, step=0)


def reached(learner: StageOneLearner, loss: Tensor) -> set[str]:
    """The networks in which a loss leaves a gradient."""
    named = [(name, value) for name, value in learner._networks.named_parameters() if value.requires_grad]
    gradients = torch.autograd.grad(loss, [value for _, value in named], retain_graph=True, allow_unused=True)
    return {
        name.split(".")[0]
        for (name, _), gradient in zip(named, gradients, strict=True)
        if gradient is not None and gradient.abs().sum() > 0
    }


def test_every_loss_is_there(losses: dict[str, Tensor]) -> None:
    groups = (PICTURE_LOSSES, LABEL_LOSSES, KEYPOINT_LOSSES, ADVERSARIAL_LOSSES, DRAWING_LOSSES)
    assert losses.keys() == {name for group in groups for name in group}
    assert all(value.isfinite() and value != 0 for value in losses.values())


@pytest.mark.parametrize("name", [*PICTURE_LOSSES, *ADVERSARIAL_LOSSES])
def test_losses_on_pictures_reach_all_networks(
    name: str, losses: dict[str, Tensor], learner: StageOneLearner
) -> None:
    assert reached(learner, losses[name]) == set(BASE_PARTS)


@pytest.mark.parametrize("name", DRAWING_LOSSES)
def test_losses_on_what_is_drawn_reach_the_generator(
    name: str, losses: dict[str, Tensor], learner: StageOneLearner
) -> None:
    """And what lies before it once its last layer, which begins at zero, has learned."""
    assert reached(learner, losses[name]) == {"spade_generator"}


@pytest.mark.parametrize("name", [*LABEL_LOSSES, *KEYPOINT_LOSSES])
def test_losses_on_motion_reach_the_extractor_alone(
    name: str, losses: dict[str, Tensor], learner: StageOneLearner
) -> None:
    assert reached(learner, losses[name]) == {"motion_extractor"}


HEADS_OF = {
    "landmarks": {"pitch", "yaw", "roll", "translation", "expression", "scale", "canonical_keypoints"},
    "canonical": {"canonical_keypoints"},
    "expression": {"expression"},
    "pose": {"pitch", "yaw", "roll"},
    "placement": {"translation", "scale"},
    "equivariance": {"pitch", "yaw", "roll", "translation", "expression", "scale", "canonical_keypoints"},
    "deformation": {"expression"},
    "agreement": {"canonical_keypoints"},
}


@pytest.mark.parametrize("name", HEADS_OF)
def test_losses_on_motion_reach_their_heads(
    name: str, losses: dict[str, Tensor], learner: StageOneLearner
) -> None:
    extractor = learner._networks.motion_extractor
    heads = {head: getattr(extractor, head).weight for head in HEADS_OF["landmarks"]}
    gradients = torch.autograd.grad(losses[name], list(heads.values()), retain_graph=True, allow_unused=True)
    found = {
        head
        for head, gradient in zip(heads, gradients, strict=True)
        if gradient is not None and gradient.abs().sum() > 0
    }
    assert found == HEADS_OF[name]


def test_one_step_changes_every_part_that_learns(batch: PairBatch) -> None:
    """All four networks, the average, and each discriminator; nothing of stage II."""
    learner = small_learner(all_losses(), one_process())
    assert learner._adversary is not None
    watched: dict[str, nn.Module] = dict(learner._networks.named_children())
    watched |= {f"average of {name}": part for name, part in learner.averaged.named_children()}
    watched |= dict(learner._adversary.cascade.regions.items())
    before = {name: _values(module) for name, module in watched.items()}
    numbers = learner.learn(batch, step=0, pace=1.0)
    changed = {name for name, module in watched.items() if not _values(module).equal(before[name])}
    averages = {f"average of {name}" for name in BASE_PARTS}
    assert changed == {*BASE_PARTS, *averages, "whole", "face", "lips"}
    assert numbers["loss"].isfinite()
    parts = {*LABEL_LOSSES, *KEYPOINT_LOSSES, *ADVERSARIAL_LOSSES, *PICTURE_LOSSES, *DRAWING_LOSSES}
    total = torch.stack([numbers[name] for name in parts]).sum()
    assert torch.isclose(numbers["loss"], total, rtol=1e-4)


def test_a_frozen_motion_extractor_stays(batch: PairBatch) -> None:
    learner = small_learner(all_losses(motion_rate=0.0, adversary=None), one_process())
    before = _values(learner._networks.motion_extractor)
    numbers = learner.learn(batch, step=0, pace=1.0)
    assert _values(learner._networks.motion_extractor).equal(before)
    assert not learner._networks.motion_extractor.training
    assert all(numbers[name] == 0 for name in (*LABEL_LOSSES, *KEYPOINT_LOSSES))


def test_opponents_wait_for_their_first_step(batch: PairBatch) -> None:
    config = all_losses()
    assert isinstance(config.adversary, AdversaryConfig)
    learner = small_learner(replace(config, adversary=replace(config.adversary, first_step=5)), one_process())
    assert learner._adversary is not None
    before = _values(learner._adversary.cascade)
    numbers = learner.learn(batch, step=4, pace=1.0)
    assert numbers["adversarial"] == numbers["feature_matching"] == numbers["discriminators"] == 0
    assert _values(learner._adversary.cascade).equal(before)
    assert learner.learn(batch, step=5, pace=1.0)["discriminators"] > 0


def test_bf16_gives_nearly_the_losses_of_fp32(batch: PairBatch) -> None:
    totals = []
    for precision in ("fp32", "bf16"):
        learner = small_learner(all_losses(precision=precision), one_process())
        torch.manual_seed(1)
        totals.append(float(learner.learn(batch, step=0, pace=1.0)["loss"]))
    assert totals[0] == pytest.approx(totals[1], rel=0.02)
    assert totals[0] != totals[1]


def test_a_sheet_has_source_driving_and_result(learner: StageOneLearner, batch: PairBatch) -> None:
    source, driving, made = learner.show(batch)
    assert source is batch.source and driving is batch.driving
    assert made.shape == driving.shape and made.dtype == torch.float32


def _values(module: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().flatten().clone() for parameter in module.parameters()])
