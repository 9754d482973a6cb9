"""The face networks equal Google's own runtime, and serve as a differentiable backbone."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from liveportrait.checkpoints.bundled import bundled_weights_dir
from liveportrait.face.loading import load_network
from liveportrait.networks.face_blendshape_network import FaceBlendshapeNetwork
from liveportrait.networks.face_detection_network import FaceDetectionNetwork
from liveportrait.networks.face_landmark_network import FaceLandmarkNetwork
from liveportrait.networks.landmark_trunk import FaceLandmarkTrunk
from tests.golden.face_inputs import blendshape_points, picture

GOLDEN = Path(__file__).parents[1] / "golden" / "face_networks.npz"


def image(size_px: int) -> torch.Tensor:
    return torch.from_numpy(picture(size_px)).permute(2, 0, 1)[None].contiguous()


def expected(name: str) -> torch.Tensor:
    return torch.from_numpy(np.load(GOLDEN, allow_pickle=False)[name])


def weights(name: str) -> Path:
    return bundled_weights_dir() / "face" / f"{name}.safetensors"


def test_the_detector_equals_litert() -> None:
    values, logits = load_network(FaceDetectionNetwork(), weights("detector"))(image(128))
    assert_close(values[0, ::8], expected("detector_values"), rtol=0, atol=1e-3)
    assert_close(logits[0], expected("detector_logits"), rtol=0, atol=1e-3)


def test_the_landmarks_equal_litert() -> None:
    points, presence_logit = load_network(FaceLandmarkNetwork(), weights("landmarks"))(image(256))
    assert_close(points[0], expected("landmark_points"), rtol=0, atol=1e-3)
    assert_close(presence_logit, expected("presence_logit"), rtol=0, atol=1e-3)


def test_the_blendshapes_equal_litert() -> None:
    network = load_network(FaceBlendshapeNetwork(), weights("blendshapes"))
    found = network(torch.from_numpy(blendshape_points())[None])
    assert_close(found[0], expected("blendshapes"), rtol=0, atol=1e-4)


def test_blendshapes_depend_on_shape_only() -> None:
    network = load_network(FaceBlendshapeNetwork(), weights("blendshapes"))
    points = torch.from_numpy(blendshape_points())[None]
    assert_close(network(points * 3.0 + 50.0), network(points), rtol=0, atol=1e-4)


@pytest.mark.parametrize(("height", "width"), [(256, 256), (128, 384)])
def test_the_trunk_works_at_any_size(height: int, width: int) -> None:
    features = FaceLandmarkTrunk()(torch.rand(2, 3, height, width))
    assert features.shape == (2, 128, height // 128, width // 128)


def test_every_weight_of_the_trunk_gets_a_gradient() -> None:
    trunk = FaceLandmarkTrunk()
    picture_ = torch.rand(1, 3, 128, 128, requires_grad=True)
    trunk(picture_).square().sum().backward()
    assert picture_.grad is not None and picture_.grad.abs().sum() > 0
    assert all(parameter.grad is not None for parameter in trunk.parameters())


def test_the_trunk_starts_from_the_landmark_weights() -> None:
    network = load_network(FaceLandmarkNetwork(), weights("landmarks"))
    trunk = FaceLandmarkTrunk()
    state = {name: value for name, value in network.state_dict().items() if name.startswith("trunk.")}
    trunk.load_state_dict({name.removeprefix("trunk."): value for name, value in state.items()}, strict=True)
    assert_close(trunk(image(256)), network.trunk(image(256)))
