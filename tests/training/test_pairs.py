from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from jaxtyping import Float
from numpy import ndarray
from safetensors.numpy import load_file, save_file
from torch.testing import assert_close

from liveportrait.training.guides import MIRRORED, OPENINGS
from liveportrait.training.pairs import PairBatch, PairConfig, PairSampler, cumulative_odds, joined_targets
from liveportrait.training.regions import square_boxes
from liveportrait.training.shards import Shard, label_reader, open_shard
from liveportrait.training.stage_one import FACE_OUTLINE


def first_batches(shards: tuple[Shard, ...], num: int, *, seed: int = 0, **settings: Any) -> list[PairBatch]:
    sampler = PairSampler(shards, PairConfig(size_px=64, **settings), batch_size=4, seed=seed)
    return [batch for _, batch in zip(range(num), sampler, strict=False)]


def test_the_order_follows_from_the_seed(drawn_shards: tuple[Shard, ...]) -> None:
    one, same, other = (first_batches(drawn_shards, 3, seed=seed) for seed in (0, 0, 1))
    assert_close(one, same, rtol=0, atol=0)
    assert not one[0].source.equal(other[0].source)


@pytest.mark.parametrize("jaw_share", [0.0, 1.0])
def test_a_sampler_goes_on_where_another_stopped(jaw_share: float, drawn_shards: tuple[Shard, ...]) -> None:
    config = PairConfig(size_px=64, jaw_share=jaw_share)
    sampler = PairSampler(drawn_shards, config, batch_size=2, seed=5)
    batches = iter(sampler)
    next(batches)
    state = sampler.state_dict()
    expected = [next(batches) for _ in range(2)]
    resumed = PairSampler(drawn_shards, config, batch_size=2, seed=99)
    resumed.load_state_dict(state)
    found = [batch for _, batch in zip(range(2), resumed, strict=False)]
    assert_close(found, expected, rtol=0, atol=0)


def test_pictures_are_in_range_and_labels_belong_to_them(drawn_shards: tuple[Shard, ...]) -> None:
    """The iris is darker than the eye's white beside it, wherever crop and mirror have put it."""
    darker = 0
    for batch in first_batches(drawn_shards, 6):
        for image, targets in (
            (batch.source, batch.source_targets),
            (batch.driving, batch.driving_targets),
        ):
            assert image.min() >= 0 and image.max() <= 1
            assert (targets.keypoints[:, :19, :2].abs() < 1.2).all()
            points = targets.keypoints[:, [0, 14], :2]
            darker += int((_value_at(image, points[:, 1]) > _value_at(image, points[:, 0])).sum())
    assert darker > 40  # of 48: the inner lip is darker than the nose


def test_a_pair_shows_one_person_in_one_light(drawn_shards: tuple[Shard, ...]) -> None:
    (batch,) = first_batches(drawn_shards, 1)
    targets = joined_targets(batch)
    assert targets.knows_rest.all()
    assert_close(batch.source_targets.canonical_keypoints, batch.driving_targets.canonical_keypoints)


def test_the_same_crop_keeps_the_background(drawn_shards: tuple[Shard, ...]) -> None:
    (still,) = first_batches(drawn_shards, 1, same_crop_share=1.0)
    (moving,) = first_batches(drawn_shards, 1, same_crop_share=0.0)
    corner = (slice(None), slice(None), slice(0, 6), slice(0, 6))
    assert_close(still.source[corner], still.driving[corner], rtol=0, atol=0)
    assert not moving.source[corner].equal(moving.driving[corner])


def test_driving_frames_differ_from_their_source(drawn_shards: tuple[Shard, ...]) -> None:
    def mean_change(num_candidates: int) -> float:
        batches = first_batches(drawn_shards, 10, num_candidates=num_candidates)
        return float(
            np.mean(
                [
                    (batch.source_targets.expression - batch.driving_targets.expression).abs().mean()
                    for batch in batches
                ]
            )
        )

    assert mean_change(8) > 1.2 * mean_change(1)


@pytest.mark.parametrize(("keypoint", "by"), [(OPENINGS[0][0], -0.05), (OPENINGS[1][0], 0.02)])
def test_moved_jaws_are_driven_by_lips_that_open_and_by_eyes_that_blink(
    keypoint: int, by: float, drawn_shards: tuple[Shard, ...]
) -> None:
    """One frame of 13 differs, and six are drawn: it is chosen where it is among them, in 38 of 100 pairs."""
    assert _share_driven_by(keypoint, by, drawn_shards[0]) == pytest.approx(1 - (12 / 13) ** 6, abs=0.1)


def test_moved_jaws_are_not_driven_by_lips_that_are_pressed(drawn_shards: tuple[Shard, ...]) -> None:
    """Only where it is the first of all that are drawn, and its eyes the same."""
    assert _share_driven_by(OPENINGS[0][0], 0.05, drawn_shards[0]) < 0.05


def _share_driven_by(keypoint: int, by: float, shard: Shard) -> float:
    """How often the frame is taken in which alone a keypoint lies lower by so much."""
    labels = shard.read_labels(shard.path)
    expression = np.zeros_like(labels.motion.expression)
    expression[3, keypoint, 1] = by
    other = replace(labels, motion=replace(labels.motion, expression=expression))
    acted = replace(shard, read_labels=lambda path: other)
    config = PairConfig(size_px=16, jaw_share=1.0, stills_share=0.0)
    batch = next(iter(PairSampler([acted], config, batch_size=100, seed=0)))
    either = [keypoint, MIRRORED[keypoint]]
    return float((batch.driving_targets.expression[:, either] != 0).any((1, 2)).float().mean())


def test_the_same_pairs_are_drawn_however_few_clips_are_kept(
    drawn_shards: tuple[Shard, ...], head: Float[ndarray, "m 3"]
) -> None:
    forgetful = label_reader(head, max_kept=1)
    others = tuple(replace(shard, read_labels=forgetful) for shard in drawn_shards)
    assert_close(first_batches(others, 4), first_batches(drawn_shards, 4), rtol=0, atol=0)


def test_a_clip_is_drawn_by_the_root_of_its_length() -> None:
    """As NumPy would choose it, whose own way takes ten milliseconds of a million clips."""
    odds = cumulative_odds([1, 4, 16, 100])
    assert np.allclose(odds, np.cumsum([1, 2, 4, 10]) / 17)
    ours, numpys = np.random.default_rng(3), np.random.default_rng(3)
    found = [int(odds.searchsorted(ours.random(), side="right")) for _ in range(500)]
    assert found == [int(numpys.choice(4, p=np.array([1, 2, 4, 10]) / 17)) for _ in range(500)]


def test_stills_alone_make_pairs(
    tmp_path: Path, drawn_shards: tuple[Shard, ...], head: Float[ndarray, "m 3"]
) -> None:
    stored = load_file(drawn_shards[0].path)
    save_file({name: array[:1] for name, array in stored.items()}, tmp_path / "still.safetensors")
    still = open_shard(tmp_path / "still.safetensors", head)
    (batch,) = first_batches((still,), 1)
    assert not joined_targets(batch).knows_rest.any()
    assert not batch.source.equal(batch.driving), "a still strays, or the model would learn to copy"


def _value_at(image: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    grid = points[:, None, None]
    return torch.nn.functional.grid_sample(image, grid, align_corners=False).mean(dim=(1, 2, 3))


def test_faces_fill_much_of_the_picture(drawn_shards: tuple[Shard, ...]) -> None:
    (batch,) = first_batches(drawn_shards, 1)
    boxes = square_boxes(batch.source_targets.keypoints[..., :2], FACE_OUTLINE, scale=1.0)
    side = boxes[:, 2] - boxes[:, 0]
    assert (side > 0.6).all() and (side < 1.9).all()
