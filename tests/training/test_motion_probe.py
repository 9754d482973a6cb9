import torch
from torch.testing import assert_close

from liveportrait.motion.state import degrees_from_logits, motion_from_prediction
from liveportrait.networks.motion_extractor import MotionExtractor
from liveportrait.networks.presets import TINY
from liveportrait.training.motion_probe import NormalEquations, bin_weights, solve_heads
from liveportrait.training.pairs import PairBatch, PairConfig, PairSampler
from liveportrait.training.shards import Shard


def test_normal_equations_find_a_known_map() -> None:
    generator = torch.Generator().manual_seed(0)
    weights = torch.randn(6, 3, generator=generator, dtype=torch.float64)
    equations = NormalEquations()
    for _ in range(4):
        features = torch.randn(50, 5, generator=generator)
        equations.add(features, (torch.cat([features, torch.ones(50, 1)], 1).double() @ weights).float())
    assert_close(equations.solve(1e-6), weights, atol=1e-4, rtol=1e-4)


def test_bins_of_an_angle_read_out_as_the_angle() -> None:
    """For an angle that is the feature itself."""
    weights = bin_weights(torch.tensor([1.0, 0.0], dtype=torch.float64))
    angles = torch.linspace(-60, 60, 41, dtype=torch.float64)
    logits = torch.stack([angles, torch.ones(41, dtype=torch.float64)], dim=1) @ weights
    assert_close(degrees_from_logits(logits), angles, atol=0.01, rtol=0)


def test_solved_heads_beat_untrained_ones_by_far(drawn_shards: tuple[Shard, ...]) -> None:
    torch.manual_seed(0)
    extractor = MotionExtractor(TINY.motion)
    sampler = PairSampler(drawn_shards, PairConfig(), batch_size=8, seed=0)
    batches = [batch for _, batch in zip(range(6), sampler, strict=False)]
    before = keypoint_error(extractor, batches[0])
    solve_heads(extractor, batches, ridge=1e-3)
    after = keypoint_error(extractor, batches[0])
    assert after < 0.15 * before


@torch.no_grad()
def keypoint_error(extractor: MotionExtractor, batch: PairBatch) -> float:
    motion = motion_from_prediction(extractor(batch.source))
    return float((motion.keypoints() - batch.source_targets.keypoints)[:, :19, :2].abs().mean())
