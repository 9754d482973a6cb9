"""What is OpenVINO's own: a compiled network on disk, and threads that share one engine."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from liveportrait.engines.artifact_cache import cache_dir
from liveportrait.engines.openvino_engine import OpenVinoEngine, open_openvino
from liveportrait.engines.protocol import Signature, TensorSpec

pytest.importorskip("openvino")

SIGNATURE = Signature(
    name="filter",
    inputs=(TensorSpec(name="x", shape=(3, 32, 32)),),
    outputs=(TensorSpec(name="y", shape=(8, 32, 32)),),
)


def make_filter() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU()).eval().requires_grad_(False)


def open_filter(num_threads: int | None = 1) -> OpenVinoEngine:
    return open_openvino(make_filter(), SIGNATURE, device=torch.device("cpu"), num_threads=num_threads)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEPORTRAIT_CACHE", str(tmp_path))


def test_a_network_from_the_disk_computes_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    x = {"x": torch.rand(1, 3, 32, 32)}
    made = open_filter()(x)["y"].clone()

    def convert(*_arguments: object) -> None:
        raise AssertionError("converted again")

    monkeypatch.setattr("liveportrait.engines.openvino_engine._convert", convert)
    for num_threads in (1, 2, None):
        assert_close(open_filter(num_threads)(x)["y"], made, rtol=0, atol=1e-6)


def test_a_damaged_blob_is_made_anew() -> None:
    x = {"x": torch.rand(1, 3, 32, 32)}
    made = open_filter()(x)["y"].clone()
    (blob,) = cache_dir().rglob("*.blob")
    blob.write_bytes(blob.read_bytes()[:100])
    assert_close(open_filter()(x)["y"], made, rtol=0, atol=1e-6)


def test_threads_do_not_disturb_each_other() -> None:
    engine, network = open_filter(), make_filter()
    pictures = torch.rand(40, 1, 3, 32, 32)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda picture: engine({"x": picture})["y"].clone(), pictures))
    for picture, result in zip(pictures, results, strict=True):
        assert_close(result, network(picture), rtol=1e-4, atol=1e-5)
