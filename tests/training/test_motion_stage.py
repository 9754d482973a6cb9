import torch
from torch.testing import assert_close

from liveportrait.motion.rotation import degrees_from_rotation
from liveportrait.networks.motion_extractor import MotionPrediction
from liveportrait.training.head_pose_loss import bins_from_degrees
from liveportrait.training.motion_stage import MotionWeights, motion_losses
from liveportrait.training.pairs import MotionTargets, PairConfig, PairSampler
from liveportrait.training.shards import Shard


def targets_of(shards: tuple[Shard, ...]) -> MotionTargets:
    batch = next(iter(PairSampler(shards, PairConfig(size_px=32), batch_size=4, seed=0)))
    return batch.source_targets


def perfect(targets: MotionTargets) -> MotionPrediction:
    """A prediction that says exactly what the labels say."""
    logits = [
        bins_from_degrees(angle).clamp_min(1e-9).log() for angle in degrees_from_rotation(targets.rotation)
    ]
    return MotionPrediction(
        pitch=logits[0],
        yaw=logits[1],
        roll=logits[2],
        translation=targets.translation,
        expression=targets.expression,
        scale=targets.scale,
        canonical_keypoints=targets.canonical_keypoints,
    )


def test_what_the_labels_say_costs_nothing_but_the_width_of_its_bins(drawn_shards: tuple[Shard, ...]) -> None:
    targets = targets_of(drawn_shards)
    found = motion_losses(perfect(targets), targets, MotionWeights(pose_bins=0.0))
    assert float(found.total) < 0.01


def test_each_part_answers_to_its_own_error(drawn_shards: tuple[Shard, ...]) -> None:
    """By hand: a shift of one value by a known amount, and the loss it must give."""
    targets = targets_of(drawn_shards)
    weights = MotionWeights(pose_bins=0.0)
    right = perfect(targets)
    base = motion_losses(right, targets, weights)

    larger = motion_losses(right._replace(scale=right.scale + 0.1), targets, weights)
    assert_close(larger.placement - base.placement, torch.tensor(0.1 * weights.scale), atol=1e-4, rtol=0)

    emphasis = torch.ones(21)
    emphasis[:12], emphasis[12:14] = 3.0, 2.0
    other = motion_losses(
        right._replace(canonical_keypoints=right.canonical_keypoints + 0.02), targets, weights
    )
    assert_close(other.canonical, 0.02 * emphasis.mean() * weights.canonical, atol=1e-4, rtol=0)

    shifted = right._replace(translation=right.translation + torch.tensor([0.01, 0.0, 0.0]))
    assert motion_losses(shifted, targets, weights).landmarks > base.landmarks + 0.1
    assert_close(motion_losses(shifted, targets, weights).opening, base.opening, atol=1e-4, rtol=0)

    lips_apart = right.expression.clone()
    lips_apart[:, 1, 1] += 0.05
    assert (
        motion_losses(right._replace(expression=lips_apart), targets, weights).opening > base.opening + 0.05
    )


def test_only_guided_keypoints_feel_the_landmarks(drawn_shards: tuple[Shard, ...]) -> None:
    targets = targets_of(drawn_shards)
    right = perfect(targets)
    moved = right.expression.clone()
    moved[:, 15] += 0.1
    ten = MotionWeights(guided=tuple(range(10)))
    wrong = right._replace(expression=moved)
    assert_close(motion_losses(wrong, targets, ten).landmarks, motion_losses(right, targets, ten).landmarks)
    assert motion_losses(wrong, targets, MotionWeights()).landmarks > 0.1


def test_rest_is_not_asked_of_those_who_cannot_know_it(drawn_shards: tuple[Shard, ...]) -> None:
    targets = targets_of(drawn_shards)
    unknown = targets._replace(knows_rest=torch.zeros(4, dtype=torch.bool))
    wrong = perfect(targets)._replace(canonical_keypoints=targets.canonical_keypoints + 1)
    assert float(motion_losses(wrong, unknown, MotionWeights()).canonical) == 0


def test_stills_count_as_nothing_in_the_mean_over_items(drawn_shards: tuple[Shard, ...]) -> None:
    """So that processes with a share of the batch each have the loss of the whole."""
    targets = targets_of(drawn_shards)
    some = targets._replace(knows_rest=torch.tensor([False, True, True, True]))
    right = perfect(targets)
    wrong = right._replace(
        canonical_keypoints=right.canonical_keypoints + 0.1, expression=right.expression + 0.1
    )
    of_all, of_some = (motion_losses(wrong, taught, MotionWeights()) for taught in (targets, some))
    assert_close(of_some.canonical, 0.75 * of_all.canonical)
    assert_close(of_some.expression, 0.75 * of_all.expression)
