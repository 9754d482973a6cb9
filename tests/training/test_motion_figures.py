from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from liveportrait.motion.rotation import degrees_from_rotation
from liveportrait.networks.motion_extractor import MotionPrediction
from liveportrait.training.head_pose_loss import bins_from_degrees
from liveportrait.training.labels import MotionLabels
from liveportrait.training.motion_figures import MotionFigures, motion_figures
from liveportrait.training.shards import Shard

INPUT_PX = 128


class KnowingExtractor(nn.Module):
    """Says what the labels say; `liveliness` multiplies the expression, `turn_deg` is added to every yaw."""

    def __init__(self, shards: Sequence[Shard], *, liveliness: float = 1.0, turn_deg: float = 0.0) -> None:
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(()))
        self._frames = [_prediction(shard.labels, liveliness, turn_deg) for shard in shards]
        self._asked = 0

    def forward(self, images: Tensor) -> MotionPrediction:
        assert images.shape[1:] == (3, INPUT_PX, INPUT_PX), "frames come at the size that the network reads"
        self._asked += 1
        return self._frames[self._asked - 1]


def figures(shards: Sequence[Shard], extractor: nn.Module) -> MotionFigures:
    return motion_figures(extractor, shards, input_px=INPUT_PX)


def test_who_says_what_the_labels_say_is_perfect(drawn_shards: tuple[Shard, ...]) -> None:
    found = figures(drawn_shards, KnowingExtractor(drawn_shards))
    assert found.keypoint_error == pytest.approx(0, abs=1e-4)
    assert found.pose_error_deg == pytest.approx(0, abs=0.05)
    assert found[2:] == pytest.approx((1, 1, 1, 1), abs=1e-3)


def test_muted_lips_and_a_turned_head_give_the_known_numbers(drawn_shards: tuple[Shard, ...]) -> None:
    muted = figures(drawn_shards, KnowingExtractor(drawn_shards, liveliness=0.5, turn_deg=5.0))
    assert muted.pose_error_deg == pytest.approx(5, abs=0.1)
    assert muted.lip_correlation > 0.95
    assert 0.4 < muted.lip_amplitude < 0.8
    assert muted.keypoint_error > 0.005


def test_a_face_that_stands_still_follows_nothing(drawn_shards: tuple[Shard, ...]) -> None:
    shard = drawn_shards[0]
    still = figures([shard], KnowingExtractor([shard], liveliness=0.0))
    assert still.lip_amplitude < 0.3


def _prediction(labels: MotionLabels, liveliness: float, turn_deg: float) -> MotionPrediction:
    pitch, yaw, roll = degrees_from_rotation(torch.from_numpy(labels.pose.rotation))
    logits = [bins_from_degrees(angle).clamp_min(1e-12).log() for angle in (pitch, yaw + turn_deg, roll)]
    canonical = np.repeat(labels.canonical_keypoints[None], len(labels.expression), 0)
    return MotionPrediction(
        pitch=logits[0],
        yaw=logits[1],
        roll=logits[2],
        translation=torch.from_numpy(labels.pose.translation),
        expression=torch.from_numpy(labels.expression * np.float32(liveliness)),
        scale=torch.from_numpy(labels.pose.scale[:, None]),
        canonical_keypoints=torch.from_numpy(canonical),
    )
