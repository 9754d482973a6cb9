from math import log

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from liveportrait.networks.face_landmark_network import FaceLandmarkNetwork
from liveportrait.tensors import ImageBatch
from liveportrait.training.opening_meter import MeshOpeningMeter, MeshPoints
from liveportrait.training.pairs import MotionTargets
from liveportrait.training.regions import Boxes
from liveportrait.training.shown_face import EXPRESSIVE_POINTS, ShownFaceWeights, shown_face_losses

WEIGHTS = ShownFaceWeights(points=2.0, openings=3.0)
REST = torch.rand(1, 478, 2, generator=torch.Generator().manual_seed(0))


def targets() -> MotionTargets:
    keypoints = torch.zeros(1, 21, 3)
    keypoints[0, 16, 0], keypoints[0, 17, 0] = -0.4, 0.4
    return MotionTargets(
        rotation=torch.eye(3)[None],
        scale=torch.ones(1, 1),
        translation=torch.zeros(1, 3),
        canonical_keypoints=keypoints,
        expression=torch.zeros(1, 21, 3),
        keypoints=keypoints,
        knows_rest=torch.ones(1, dtype=torch.bool),
    )


def losses_of(shown: Tensor) -> dict[str, float]:
    """When the landmark network sees REST in the driving frame and `shown` in the one that was made."""

    def read(image: ImageBatch, boxes: Boxes) -> MeshPoints:
        assert_close(boxes, torch.tensor([[-0.6, -0.6, 0.6, 0.6]]))
        return shown if image.mean() > 0 else REST

    made, driving = torch.ones(1, 3, 8, 8), torch.zeros(1, 3, 8, 8)
    found = shown_face_losses(made, driving, targets(), read, WEIGHTS)
    return {name: float(value) for name, value in found._asdict().items()}


def test_the_same_face_costs_nothing() -> None:
    assert losses_of(REST) == {"shown_points": 0.0, "shown_openings": 0.0}


def test_a_face_that_lies_elsewhere_is_as_open() -> None:
    found = losses_of(REST + 0.02)
    mean_emphasis = 1 + 5 * len(set(EXPRESSIVE_POINTS)) / 478
    assert found["shown_points"] == pytest.approx(2.0 * mean_emphasis * 0.1 * log(3.0), rel=1e-4)
    assert found["shown_openings"] == pytest.approx(0.0, abs=1e-5)


def test_a_mouth_that_opens_by_half_its_width() -> None:
    shown = REST.clone()
    corners, upper, lower = shown[0, [61, 291]], 13, 14
    shown[0, lower] = shown[0, upper]
    closed = losses_of(shown)["shown_openings"]
    height = (REST[0, upper] - REST[0, lower]).norm() / (corners[0] - corners[1]).norm()
    assert closed == pytest.approx(3.0 * float(height), rel=1e-4)


def test_gradients_reach_the_picture_that_was_made() -> None:
    torch.manual_seed(0)
    meter = MeshOpeningMeter(FaceLandmarkNetwork().eval().requires_grad_(False))
    made = torch.rand(1, 3, 64, 64, requires_grad=True)
    driving = torch.rand(1, 3, 64, 64, requires_grad=True)
    losses = shown_face_losses(made, driving, targets(), meter.points, WEIGHTS)
    (losses.shown_points + losses.shown_openings).backward()
    assert made.grad is not None and made.grad.abs().sum() > 0
    assert driving.grad is None
