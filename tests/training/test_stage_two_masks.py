import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from liveportrait.training.pairs import PairConfig, PairSampler
from liveportrait.training.shards import Shard
from liveportrait.training.stage_one import FACE_OUTLINE
from liveportrait.training.stage_two_masks import BORDER, faces, shoulders, surroundings


def outline(half_width: float, half_height: float, *, turn: float = 0.0) -> Tensor:
    """Chin, left, right, forehead of a face in the middle."""
    points = torch.zeros(1, 21, 3)
    ends = torch.tensor([[0.0, half_height], [-half_width, 0.0], [half_width, 0.0], [0.0, -half_height]])
    cos, sin = torch.tensor(turn).cos(), torch.tensor(turn).sin()
    points[0, list(FACE_OUTLINE), :2] = ends @ torch.stack(
        (torch.stack((cos, sin)), torch.stack((-sin, cos)))
    )
    return points


@pytest.mark.parametrize("turn", [0.0, 0.6, -2.0])
def test_a_face_is_an_oval_between_its_ends(turn: float) -> None:
    mask = faces(outline(0.4, 0.6, turn=turn), size_px=256)
    assert_close(mask.sum() * (2 / 256) ** 2, torch.tensor(torch.pi * 0.4 * 0.6), rtol=0.01, atol=0)


def test_a_face_without_extent_covers_nothing() -> None:
    assert not faces(torch.zeros(1, 21, 3), size_px=32).any()


def test_the_oval_holds_the_features_and_not_the_corners(drawn_shards: tuple[Shard, ...]) -> None:
    config = PairConfig(size_px=64, stills_share=0.0)
    batch = next(iter(PairSampler(drawn_shards, config, batch_size=8, seed=0)))
    points = batch.source_targets.keypoints
    mask = faces(points, size_px=256)
    inside = torch.nn.functional.grid_sample(mask, points[:, None, :, :2], align_corners=False)[:, 0, 0]
    eyes_nose_and_lips = [0, 1, 2, 3, 6, 7, 8, 9, 10, 11, 14]
    assert (inside[:, eyes_nose_and_lips] > 0.99).all()
    low, high = points[:, list(FACE_OUTLINE), :2].amin(1), points[:, list(FACE_OUTLINE), :2].amax(1)
    corners = torch.stack((torch.stack((low[:, 0], high[:, 1]), 1), high), 1)
    assert (torch.nn.functional.grid_sample(mask, corners[:, None], align_corners=False) == 0).all()


def test_the_border_of_the_crop_belongs_to_the_surroundings(drawn_shards: tuple[Shard, ...]) -> None:
    batch = next(iter(PairSampler(drawn_shards, PairConfig(size_px=64), batch_size=2, seed=0)))
    targets = batch.source_targets
    kept, body = surroundings(targets, size_px=200), shoulders(targets, size_px=200)
    ring = round(BORDER * 100)
    inner = (..., slice(ring, -ring), slice(ring, -ring))
    assert (kept[inner] == body[inner]).all() and (kept >= body).all()
    outer = kept.clone()
    outer[inner] = 1
    assert (outer == 1).all()
