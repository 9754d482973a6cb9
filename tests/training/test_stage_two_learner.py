import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from liveportrait.motion.openings import Openings
from liveportrait.motion.state import Motion
from liveportrait.networks.presets import TINY, PortraitNetworks
from liveportrait.tensors import ImageBatch
from liveportrait.training.pairs import PairBatch
from liveportrait.training.recipes import tiny
from liveportrait.training.regions import Boxes
from liveportrait.training.shards import Shard
from liveportrait.training.stage_two_learner import StageTwoLearner
from liveportrait.training.stage_two_masks import all_but_eyes, all_but_lower_face, meter_boxes, shoulders
from liveportrait.training.stage_two_step import driven_by_others
from liveportrait.training.trained_parts import RETARGETING_PARTS
from tests.training.small_stages import one_process, small_batch


class Brightness:
    """Takes light for opening."""

    def __call__(self, image: ImageBatch, face_boxes: Boxes) -> Openings:
        light = image.mean(dim=(1, 2, 3))[:, None]
        return Openings(eyes=light.expand(-1, 2), lips=light)


@pytest.fixture(scope="module")
def batch(drawn_shards: tuple[Shard, ...]) -> PairBatch:
    return small_batch(drawn_shards)


def small_learner() -> StageTwoLearner:
    torch.manual_seed(0)
    return StageTwoLearner(PortraitNetworks(TINY), tiny().two, Brightness(), one_process())


def test_the_small_networks_learn_and_nothing_else(batch: PairBatch) -> None:
    learner = small_learner()
    before = {name: _values(part) for name, part in learner._networks.named_children()}
    buffers = {name: value.clone() for name, value in learner._networks.named_buffers()}
    for step in range(2):
        learner.learn(batch, step=step, pace=1.0)
    after = {name: _values(part) for name, part in learner._networks.named_children()}
    changed = {name for name in after if not after[name].equal(before[name])}
    assert changed == set(RETARGETING_PARTS)
    assert_close(dict(learner._networks.named_buffers()), buffers, rtol=0, atol=0)
    first_layers = [learner._networks.get_submodule(part).get_submodule("layers.0") for part in changed]
    assert all(layer.get_parameter("weight").grad.abs().sum() > 0 for layer in first_layers)  # pyright: ignore[reportOptionalMemberAccess]


def test_untrained_networks_leave_every_portrait_as_it_is(batch: PairBatch) -> None:
    networks = PortraitNetworks(TINY)
    torch.nn.init.normal_(networks.lip_network.layers[-1].get_parameter("weight"))
    learner = StageTwoLearner(networks, tiny().two, Brightness(), one_process())
    _, itself, driven, stitched, *retargeted = learner.show(batch)
    assert_close(stitched, driven, rtol=0, atol=0)
    assert len(retargeted) == 4
    for made in retargeted:
        assert_close(made, itself, rtol=0, atol=0)
    assert not driven.equal(itself)


def test_drivers_are_other_people(batch: PairBatch) -> None:
    """Item i gets the rotation of item i - 1 and keeps its own canonical keypoints."""
    torch.manual_seed(0)
    source, driving = (_motion(seed, batch=6) for seed in (0, 1))
    driven = driven_by_others(source, driving)
    assert_close(driven.rotation, driving.rotation.roll(1, dims=0))
    assert_close(driven.expression, driving.expression.roll(1, dims=0))
    assert_close(driven.canonical_keypoints, source.canonical_keypoints)
    own = (driven.scale == source.scale).all(dim=1)
    assert 0 < int(own.sum()) < 6
    assert_close(driven.translation[own], source.translation[own])
    assert_close(driven.translation[~own], driving.translation.roll(1, dims=0)[~own])


def test_masks_leave_out_what_may_move(batch: PairBatch) -> None:
    targets = batch.source_targets
    eyes, lips, body = (mask(targets, size_px=256) for mask in (all_but_eyes, all_but_lower_face, shoulders))
    for item in range(2):
        points = targets.keypoints[item, :, :2]

        def at(mask: Tensor, keypoint: int, points: Tensor = points, item: int = item) -> float:
            column, row = ((points[keypoint] + 1) / 2 * 256).long().clamp(0, 255)
            return float(mask[item, 0, row, column])

        assert [at(eyes, keypoint) for keypoint in (6, 7, 8, 9, 10, 11)] == [0] * 6
        assert [at(eyes, keypoint) for keypoint in (0, 1, 14, 15)] == [1] * 4
        assert [at(lips, keypoint) for keypoint in (0, 1, 2, 3, 15)] == [0] * 5
        assert [at(lips, keypoint) for keypoint in (10, 11, 12, 18)] == [1] * 4
        assert not any(at(body, keypoint) for keypoint in range(19))
        boxes = meter_boxes(targets)[item]
        assert ((points[:19] > boxes[:2]) & (points[:19] < boxes[2:])).all()


def _motion(seed: int, *, batch: int) -> Motion:
    generator = torch.Generator().manual_seed(seed)
    return Motion(
        rotation=torch.randn(batch, 3, 3, generator=generator),
        expression=torch.randn(batch, 21, 3, generator=generator),
        scale=torch.randn(batch, 1, generator=generator),
        translation=torch.randn(batch, 3, generator=generator),
        canonical_keypoints=torch.randn(batch, 21, 3, generator=generator),
    )


def _values(module: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().flatten().clone() for parameter in module.parameters()])
