"""Plans of an export: written whole or not at all, of the very graphs that the manifest names."""

import hashlib
import json
import logging
from pathlib import Path
from typing import TypeAlias

import pytest

from liveportrait.cli.main import main
from liveportrait.engines.export_manifest import ExportedStage, ExportManifest, write_manifest
from liveportrait.engines.protocol import Signature
from liveportrait.engines.tensorrt_package import Capability, TensorRt
from liveportrait.engines.tensorrt_package import logger as package_logger
from liveportrait.errors import EngineUnavailableError, LivePortraitError, SettingError, WeightsError
from liveportrait.export import tensorrt_plans
from liveportrait.export.tensorrt_plans import PlanConfig, build_plans
from tests.engines.fake_tensorrt import World, make_fake

Builds: TypeAlias = list[tuple[bytes, tuple[Capability, ...]]]


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """Two graphs that only a fake can read."""
    folder = tmp_path / "exported"
    folder.mkdir()
    stages = {}
    for name in ("renderer", "stitching_network"):
        (folder / f"{name}.onnx").write_bytes(name.encode())
        stages[name] = ExportedStage(
            file=f"{name}.onnx",
            sha256=hashlib.sha256(name.encode()).hexdigest(),
            graph_hash="",
            weights_hash="",
            opset=20,
            signature=Signature(name=name, inputs=(), outputs=()),
            macs=0,
        )
    facts = {
        "model": "tiny",
        "licence": "MIT",
        "commercial_use": True,
        "origin": "a test",
        "made_by": "a test",
    }
    write_manifest(
        ExportManifest(
            **facts, precision="fp16", unquantized=None, sampling="native", batch_size=1, stages=stages
        ),
        folder,
    )
    return folder


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Builds:
    """What a fake builder was given; it warns of every renderer."""
    given: Builds = []

    def build(onnx: bytes, trt: TensorRt, *, capabilities: tuple[Capability, ...]) -> bytes:
        given.append((onnx, capabilities))
        if onnx == b"renderer":
            trt.logger.log(trt.module.ILogger.Severity.WARNING, "half precision")
            trt.logger.log(trt.module.ILogger.Severity.WARNING, "half precision")
        return b"plan of " + onnx

    monkeypatch.setenv("LIVEPORTRAIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(tensorrt_plans, "load_tensorrt", lambda name: make_fake(name, World()))
    monkeypatch.setattr(tensorrt_plans, "build_plan", build)
    return given


def test_every_graph_gets_its_plan(exported: Path, builds: Builds, tmp_path: Path) -> None:
    built = build_plans(exported, tmp_path / "plans", config=PlanConfig(capabilities=("8.6", "8.9")))
    assert sorted(path.name for path in (tmp_path / "plans").iterdir()) == [
        "plans.json",
        "renderer.plan",
        "stitching_network.plan",
    ]
    assert builds == [(b"renderer", ("8.6", "8.9")), (b"stitching_network", ("8.6", "8.9"))]
    plan = built.plans["renderer"]
    assert (tmp_path / "plans" / plan.file).read_bytes() == b"plan of renderer"
    assert plan.sha256 == hashlib.sha256(b"plan of renderer").hexdigest()
    facts = json.loads((tmp_path / "plans" / "plans.json").read_text())
    assert facts["plans"]["renderer"]["num_bytes"] == len(b"plan of renderer")
    assert facts["version"] == "1.7.1"


def test_warnings_are_told_once_and_with_their_plan(exported: Path, builds: Builds, tmp_path: Path) -> None:
    built = build_plans(exported, tmp_path / "plans")
    assert built.plans["renderer"].said == ("half precision",)
    assert built.plans["stitching_network"].said == ()
    assert not any(isinstance(handler, logging.Handler) for handler in package_logger.handlers)


def test_what_was_built_before_comes_from_the_cache(exported: Path, builds: Builds, tmp_path: Path) -> None:
    wanted: tuple[Capability, ...] = ("8.9", "8.9", "12.0")
    for folder, capability in zip("abc", wanted, strict=True):
        build_plans(exported, tmp_path / folder, config=PlanConfig(capabilities=(capability,)))
    assert [capabilities for _, capabilities in builds] == [("8.9",)] * 2 + [("12.0",)] * 2


def test_a_changed_graph_is_refused(exported: Path, builds: Builds, tmp_path: Path) -> None:
    (exported / "stitching_network.onnx").write_bytes(b"another")
    with pytest.raises(WeightsError, match="export the model again"):
        build_plans(exported, tmp_path / "plans")
    (exported / "stitching_network.onnx").unlink()
    with pytest.raises(WeightsError, match="cannot be read"):
        build_plans(exported, tmp_path / "plans")
    assert not (tmp_path / "plans").exists()


def test_a_graph_that_fails_leaves_nothing(
    exported: Path, builds: Builds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(onnx: bytes, trt: TensorRt, *, capabilities: tuple[Capability, ...]) -> bytes:
        raise EngineUnavailableError("unsupported")

    monkeypatch.setattr(tensorrt_plans, "build_plan", fail)
    with pytest.raises(EngineUnavailableError):
        build_plans(exported, tmp_path / "plans")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "cache") == ["exported"]


def test_a_folder_in_use_is_left_alone(exported: Path, builds: Builds) -> None:
    with pytest.raises(LivePortraitError, match="in use"):
        build_plans(exported, exported)
    assert builds == []


def test_tensorrt_builds_for_no_other_card() -> None:
    with pytest.raises(SettingError, match="tensorrt-rtx"):
        PlanConfig(package="tensorrt", capabilities=("8.9",))


def test_the_command(
    exported: Path, builds: Builds, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["build", exported, "-o", tmp_path / "plans", "--capabilities", "8.9", "12.0"]
    assert main([str(word) for word in words]) == 0
    assert builds[0][1] == ("8.9", "12.0")
    assert "2 plans of tiny in fp16 for tensorrt-rtx 1.7.1" in capsys.readouterr().out
