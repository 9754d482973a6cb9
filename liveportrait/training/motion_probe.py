"""The heads of a motion extractor solved in closed form over its backbone's features.

A backbone that was trained on faces knows nearly all that the heads must say. Ridge
regression finds it in the time of a few hundred forward passes, and training starts from
there instead of from noise.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import torch
from jaxtyping import Float64
from torch import Tensor, nn

from liveportrait.motion.rotation import degrees_from_rotation
from liveportrait.motion.state import DEGREES_PER_BIN, FIRST_BIN_DEG
from liveportrait.networks.motion_extractor import NUM_POSE_BINS, MotionExtractor
from liveportrait.training.pairs import MotionTargets, PairBatch, joined_targets

POSE_VARIANCE_DEG2 = 16.0
"""Of the bell that a solved pose puts over the bins."""


@torch.no_grad()
def solve_heads(extractor: MotionExtractor, batches: Iterable[PairBatch], *, ridge: float = 3.0) -> None:
    """Set all heads to the least-squares answer over both pictures of every pair.

    Canonical keypoints and expression are learnt from pictures whose rest is known.
    """
    sums = {name: NormalEquations() for name in ("expression", "canonical_keypoints", "scale", "translation")}
    pose = NormalEquations()
    for batch in batches:
        features = extractor.backbone(torch.cat((batch.source, batch.driving)))
        targets = joined_targets(batch)
        for name, equations in sums.items():
            knows = targets.knows_rest | (name in ("scale", "translation"))
            equations.add(features[knows], _of(targets, name)[knows])
        pose.add(features, torch.stack(degrees_from_rotation(targets.rotation), dim=1))
    for name, equations in sums.items():
        _put(extractor.get_submodule(name), equations.solve(ridge))
    for head, column in zip(
        (extractor.pitch, extractor.yaw, extractor.roll), pose.solve(ridge).T, strict=True
    ):
        _put(head, bin_weights(column))


def bin_weights(degrees: Float64[Tensor, "f1"]) -> Float64[Tensor, "f1 66"]:
    """From what answers an angle to what answers the logits of its bins.

    The logit of bin c is (c d - c^2 / 2) / v, linear in the angle d: up to a constant a bell of
    variance v around d, whose expectation is d.
    """
    centres = torch.arange(NUM_POSE_BINS, dtype=degrees.dtype) * DEGREES_PER_BIN + FIRST_BIN_DEG
    weights = degrees[:, None] * centres / POSE_VARIANCE_DEG2
    weights[-1] -= centres.square() / (2 * POSE_VARIANCE_DEG2)
    return weights


@dataclass(slots=True)
class NormalEquations:
    """Sums over samples, as large as the features and not as the samples are many."""

    squares: Tensor = field(default_factory=lambda: torch.zeros(()))
    products: Tensor = field(default_factory=lambda: torch.zeros(()))

    def add(self, features: Tensor, targets: Tensor) -> None:
        """Rows are samples."""
        ones = torch.ones(len(features), 1)
        inputs = torch.cat((features.cpu(), ones), dim=1).double()
        self.squares = self.squares + inputs.T @ inputs
        self.products = self.products + inputs.T @ targets.cpu().double()

    def solve(self, ridge: float) -> Float64[Tensor, "f1 o"]:
        """Weights of the features, the constant's last."""
        regularised = self.squares + ridge * torch.eye(self.squares.shape[0])
        return torch.linalg.solve(regularised, self.products)


def _of(targets: MotionTargets, name: str) -> Tensor:
    return getattr(targets, name).flatten(1)


def _put(head: nn.Module, weights: Tensor) -> None:
    assert isinstance(head, nn.Linear)
    head.weight.copy_(weights[:-1].T)
    head.bias.copy_(weights[-1])
