import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close

from liveportrait.training.guides import MOUTH_CORNERS, OPENINGS
from liveportrait.training.pairs import MotionTargets
from liveportrait.training.unseen_mouth import (
    BLEND,
    FEWEST_PIXELS,
    WIDTH_BETWEEN_LIPS,
    between_lips,
    keeping_loss,
    lip_opening,
    unseen_mouth,
)

WIDTH = 0.6


def mouths(*openings: float, turn: float = 0.0) -> MotionTargets:
    """Mouths of one width around the middle, opened by a share of it and turned by radians."""
    points = torch.zeros(len(openings), 21, 3)
    (upper, lower), (left, right) = OPENINGS[0], MOUTH_CORNERS
    points[:, left, 0], points[:, right, 0] = -WIDTH / 2, WIDTH / 2
    points[:, lower, 1] = torch.tensor(openings) * WIDTH / 2
    points[:, upper, 1] = -points[:, lower, 1]
    cos, sin = torch.tensor(turn).cos(), torch.tensor(turn).sin()
    turned = points.clone()
    turned[..., 0] = cos * points[..., 0] - sin * points[..., 1]
    turned[..., 1] = sin * points[..., 0] + cos * points[..., 1]
    unused = points.new_zeros(len(openings))
    return MotionTargets(unused, unused, unused, unused, unused, turned, unused.bool())


def test_the_ellipse_has_its_area() -> None:
    mask = between_lips(mouths(0.5).keypoints[..., :2], size_px=256).inside
    area = torch.pi * (WIDTH * WIDTH_BETWEEN_LIPS / 2) * (0.5 * WIDTH / 2)
    assert_close(mask.sum() * (2 / 256) ** 2, torch.tensor(area), rtol=0.01, atol=0)


@given(st.floats(-3.0, 3.0))
def test_a_turned_head_turns_the_ellipse(turn: float) -> None:
    level, turned = (
        between_lips(mouths(0.4, turn=angle).keypoints[..., :2], size_px=128).inside for angle in (0.0, turn)
    )
    assert_close(turned.sum(), level.sum(), rtol=0.05, atol=0)
    assert turned[0, 0, 64, 64] == 1


@pytest.mark.parametrize(
    ("source", "driving", "new_from"),
    [(0.0, 0.5, 0.0), (0.1, 0.5, 0.24), (0.2, 0.5, 0.48), (0.2, 0.3, 0.8), (0.5, 0.5, 1.0), (0.6, 0.3, 1.0)],
)
def test_below_the_sources_teeth_all_is_new(source: float, driving: float, new_from: float) -> None:
    unseen = unseen_mouth(mouths(source), mouths(driving), size_px=256)
    column = unseen[0, 0, :, 128]
    top = (1 - driving * WIDTH / 2) * 128
    depth = (torch.arange(256) + 0.5 - top) / (driving * WIDTH * 128)
    inside = (depth > 0) & (depth < 1)
    assert (column[inside & (depth >= new_from)] == 1).all()
    assert (column[~inside | (depth < new_from - BLEND)] == 0).all()
    assert not column[inside].eq(0).all() or new_from == 1.0


def test_a_mouth_that_stays_closed_has_nothing_new() -> None:
    assert not unseen_mouth(mouths(0.0), mouths(0.03), size_px=64).any()


def test_depth_goes_from_lip_to_lip_of_a_turned_head() -> None:
    targets = mouths(0.5, turn=0.7)
    place = between_lips(targets.keypoints[..., :2], size_px=256)
    ends = targets.keypoints[0, list(OPENINGS[0]), :2]
    found = torch.nn.functional.grid_sample(place.across, ends[None, None], align_corners=False)
    assert_close(found.flatten(), torch.tensor([-1.0, 1.0]), atol=1e-4, rtol=0)


def test_lips_on_one_line_are_a_closed_mouth() -> None:
    nothing = MotionTargets(*mouths(0.0)[:5], torch.zeros(1, 21, 3), torch.zeros(1).bool())
    for closed in (mouths(0.0), nothing):
        assert_close(lip_opening(closed), torch.zeros(1))
        assert not unseen_mouth(mouths(0.0), closed, size_px=32).any()


def test_keeping_costs_its_cross_entropy_where_the_mouth_is_unseen() -> None:
    """The mean over items: one that shows no such mouth counts as 0."""
    unseen = torch.zeros(2, 1, 16, 16)
    unseen[0, :, :8] = 1.0
    logit = torch.full((2, 1, 16, 16), 100.0)
    logit[0, :, :8] = 3.0
    assert_close(keeping_loss(logit, unseen), torch.log1p(torch.exp(torch.tensor(3.0))) / 2)
    assert keeping_loss(logit, torch.zeros_like(unseen)) == 0


def test_every_item_counts_alike_however_wide_its_mouth() -> None:
    """So that processes with a share of the batch each have the loss of the whole."""
    unseen = torch.zeros(2, 1, 16, 16)
    unseen[0, :, :4], unseen[1, :, :12] = 1.0, 1.0
    logit = torch.tensor([1.0, 4.0])[:, None, None, None].expand(2, 1, 16, 16)
    assert_close(keeping_loss(logit, unseen), torch.nn.functional.softplus(torch.tensor([1.0, 4.0])).mean())


def test_the_slope_is_steep_where_all_is_kept() -> None:
    logit = torch.full((1, 1, 16, 16), 20.0, requires_grad=True)
    unseen = torch.ones(1, 1, 16, 16)
    (gradient,) = torch.autograd.grad(keeping_loss(logit, unseen), logit)
    assert_close(gradient, torch.full_like(logit, 1 / 256))


def test_a_slit_weighs_less_than_a_mouth() -> None:
    slit: Tensor = torch.zeros(1, 1, 16, 16)
    slit[0, 0, 0, :4] = 1.0
    assert_close(keeping_loss(torch.zeros_like(slit), slit), torch.tensor(2.0).log() * 4 / FEWEST_PIXELS)
