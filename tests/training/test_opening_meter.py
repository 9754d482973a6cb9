import numpy as np
import torch
from torch.testing import assert_close

from liveportrait.face.ratios import eye_open_ratios, lip_open_ratio
from liveportrait.networks.face_landmark_network import FaceLandmarkNetwork, FaceLandmarkPrediction
from liveportrait.training.opening_meter import MeshOpeningMeter, mesh_openings


def test_openings_are_the_ratios_that_the_animator_reads() -> None:
    landmarks = np.random.default_rng(0).uniform(0, 200, (478, 2)).astype(np.float32)
    found = mesh_openings(torch.from_numpy(landmarks)[None])
    assert_close(found.eyes[0], torch.from_numpy(eye_open_ratios(landmarks)), rtol=1e-4, atol=1e-5)
    assert_close(found.lips[0], torch.from_numpy(lip_open_ratio(landmarks)), rtol=1e-4, atol=1e-5)


def test_a_closed_mouth_has_a_finite_slope() -> None:
    points = torch.rand(1, 478, 2)
    points[:, 14] = points[:, 13]
    points.requires_grad_()
    mesh_openings(points).lips.sum().backward()
    assert points.grad is not None and points.grad.isfinite().all()


def test_the_network_sees_the_box_at_its_own_size() -> None:
    seen = []

    def network(image: torch.Tensor) -> FaceLandmarkPrediction:
        seen.append(image)
        return FaceLandmarkPrediction(torch.rand(1, 478, 3), torch.zeros(1))

    image = torch.rand(1, 3, 64, 64)
    MeshOpeningMeter(network)(image, torch.tensor([[-0.375, -0.125, 0.375, 0.625]]))
    assert seen[0].shape == (1, 3, 256, 256)


def test_gradients_reach_the_picture() -> None:
    torch.manual_seed(0)
    meter = MeshOpeningMeter(FaceLandmarkNetwork().eval().requires_grad_(False))
    image = torch.rand(1, 3, 128, 128, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        openings = meter(image, torch.tensor([[-0.5, -0.5, 0.5, 0.5]]))
    assert openings.lips.dtype == torch.float32
    (openings.lips.sum() + openings.eyes.sum()).backward()
    assert image.grad is not None and image.grad.abs().sum() > 0
