import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from liveportrait.motion.state import Motion
from liveportrait.networks.presets import TINY, PortraitNetworks
from liveportrait.tensors import FeatureMap, ImageBatch
from liveportrait.training.guides import EYE_KEYPOINTS, LIP_KEYPOINTS
from liveportrait.training.pairs import PairBatch
from liveportrait.training.precision import autocast_for
from liveportrait.training.regions import Boxes, cut_regions
from liveportrait.training.shards import Shard
from liveportrait.training.stage_one import (
    ImageWeights,
    RegionSizes,
    image_losses,
    placed_like,
    reconstruct,
    regions_of,
    sized,
)
from tests.training.small_stages import PlainBackbone, small_batch

SIZES = RegionSizes(whole_px=64, face_px=64, part_px=32)


@pytest.fixture(scope="module")
def batch(drawn_shards: tuple[Shard, ...]) -> PairBatch:
    return small_batch(drawn_shards)


def test_the_right_picture_costs_nothing(batch: PairBatch) -> None:
    found = image_losses(batch.driving, batch, PlainBackbone(), ImageWeights(), SIZES)
    assert_close(torch.stack(tuple(found)), torch.zeros(5))


def test_a_uniform_error_is_that_error_in_every_region(batch: PairBatch) -> None:
    """0.1 too bright everywhere: L1 is 0.1 in the whole and in each of four regions, halved."""
    dim = batch._replace(driving=batch.driving * 0.8)
    found = image_losses(
        dim.driving + 0.1, dim, None, ImageWeights(pixels=2.0, regions=3.0, mouth=5.0), SIZES
    )
    assert_close(found.pixels, torch.tensor(0.2))
    assert_close(found.mouth, torch.tensor(0.5), atol=1e-5, rtol=0)
    assert_close(found.regions, torch.tensor(3 * 4 * 0.1 / 2), atol=1e-5, rtol=0)
    assert found.perceptual == found.perceptual_regions == 0


class Pixels:
    """A backbone whose only stage is the picture itself."""

    licence = "none needed"

    def __call__(self, image: ImageBatch) -> list[FeatureMap]:
        return [image]


def test_each_region_has_its_own_perceptual_weight(batch: PairBatch) -> None:
    """By hand: 0.1 too bright costs 0.1 over the spread of the region's pixels; eyes are averaged."""
    dim = batch._replace(driving=batch.driving * 0.8)
    weights = ImageWeights(perceptual=2.0, perceptual_face=3.0, perceptual_lips=5.0, perceptual_eyes=7.0)
    found = image_losses(dim.driving + 0.1, dim, Pixels(), weights, SIZES)
    regions = regions_of(dim.driving_targets)

    def cost(boxes: Boxes, size_px: int) -> Tensor:
        return (0.1 / cut_regions(dim.driving, boxes, size_px=size_px).std(dim=(1, 2, 3))).mean()

    whole, eyes = torch.tensor([[-1.0, -1.0, 1.0, 1.0]] * 2), (regions.left_eye, regions.right_eye)
    expected = 3 * cost(regions.face, 64) + 5 * cost(regions.lips, 32)
    expected += 7 * torch.stack([cost(boxes, 32) for boxes in eyes]).mean()
    assert_close(found.perceptual_regions, expected, rtol=5e-3, atol=0)
    assert_close(found.perceptual, 2 * cost(whole, 64), rtol=0.05, atol=0)


def test_an_error_in_the_mouth_weighs_more_than_in_a_corner(batch: PairBatch) -> None:
    lips = regions_of(batch.driving_targets).lips[0]
    centre = ((lips[:2] + lips[2:]) / 2 + 1) / 2 * 256
    in_mouth, in_corner = batch.driving.clone(), batch.driving.clone()
    column, row = int(centre[0]), int(centre[1])
    in_mouth[0, :, row - 4 : row + 4, column - 4 : column + 4] = 1.0
    in_corner[0, :, :8, :8] = 1.0
    mouth, corner = (
        image_losses(image, batch, None, ImageWeights(), SIZES) for image in (in_mouth, in_corner)
    )
    assert mouth.regions > 1e-3
    assert corner.regions < 1e-6 < corner.pixels


def test_between_the_lips_is_counted_apart(batch: PairBatch) -> None:
    """An open mouth that is painted over; a stroke across the upper lip is no matter."""
    keypoints = batch.driving_targets.keypoints.clone()
    keypoints[0, 0, :2], keypoints[0, 1, :2] = torch.tensor([0.0, 0.2]), torch.tensor([0.0, 0.4])
    wide = batch._replace(driving_targets=batch.driving_targets._replace(keypoints=keypoints))
    inside, above = batch.driving.clone(), batch.driving.clone()
    inside[0, :, 156:178, 118:138] = 1 - inside[0, :, 156:178, 118:138]
    above[0, :, 140:150, 118:138] = 1 - above[0, :, 140:150, 118:138]
    weights = ImageWeights(mouth=1.0)
    painted, stroked = (image_losses(image, wide, None, weights, SIZES) for image in (inside, above))
    assert painted.mouth > 0.05
    assert stroked.mouth < 1e-6


def test_regions_hold_their_keypoints(batch: PairBatch) -> None:
    targets = batch.driving_targets
    regions = regions_of(targets)
    for boxes, keypoints in (
        (regions.face, range(19)),
        (regions.lips, LIP_KEYPOINTS),
        (regions.left_eye, (*EYE_KEYPOINTS[:2], EYE_KEYPOINTS[4])),
        (regions.right_eye, (*EYE_KEYPOINTS[2:4], EYE_KEYPOINTS[5])),
    ):
        points = targets.keypoints[:, list(keypoints), :2]
        assert (points >= boxes[:, None, :2]).all() and (points <= boxes[:, None, 2:]).all()
    assert (regions.left_eye[:, 0] < regions.right_eye[:, 0]).sum() in (0, 2)


def test_a_driver_brings_motion_and_no_identity() -> None:
    source, driving = (
        Motion(
            rotation=torch.full((1, 3, 3), value),
            expression=torch.full((1, 21, 3), value),
            scale=torch.full((1, 1), value),
            translation=torch.full((1, 3), value),
            canonical_keypoints=torch.full((1, 21, 3), value),
        )
        for value in (1.0, 2.0)
    )
    placed = placed_like(driving, source)
    assert_close(placed.canonical_keypoints, source.canonical_keypoints)
    for part in ("rotation", "expression", "scale", "translation"):
        assert_close(getattr(placed, part), getattr(driving, part))


def test_motion_is_read_off_the_picture_that_was_seen(batch: PairBatch) -> None:
    """In other light the keypoints differ; appearance still comes from the source."""
    torch.manual_seed(0)
    networks, amp = PortraitNetworks(TINY).eval(), autocast_for("fp32", torch.device("cpu"))
    with torch.no_grad():
        plain = reconstruct(networks, batch, amp=amp)
        other = reconstruct(networks, batch, amp=amp, driving_seen=batch.driving.flip(3))
        double = reconstruct(
            networks,
            batch._replace(source=sized(batch.source, 512), driving=sized(batch.driving, 512)),
            amp=amp,
        )
    assert_close(plain.kp_source, other.kp_source)
    assert not plain.kp_driving.equal(other.kp_driving)
    assert (double.image - plain.image).abs().mean() < 0.005
