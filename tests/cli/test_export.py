"""liveportrait export."""

import json
from pathlib import Path

import pytest

from liveportrait.export import parity
from tests.cli.conftest import Run


def test_an_export_says_what_it_wrote(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    said = run(
        "export", "--model", tiny_model, "-o", tmp_path / "new", "--stages", "stitching_network", "--json"
    )
    assert said.code == 0
    assert said.facts["manifest"]["licence"] == "MIT"
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        "manifest.json",
        "stitching_network.onnx",
    ]


def test_a_folder_in_use_is_refused(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    said = run("export", "--model", tiny_model, "-o", tmp_path)
    assert said.code == 1
    assert "in use" in said.err


def test_what_would_fail_in_the_end_fails_at_once(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    words = ("export", "--model", tiny_model, "-o", tmp_path / "new")
    for more, reason in (
        (("--parity", tmp_path), "in use"),
        (("--parity", tmp_path / "report", "--stages", "renderer"), "export motion_extractor too"),
    ):
        said = run(*words, *more)
        assert said.code == 1
        assert reason in said.err
    assert not (tmp_path / "new").exists()


def test_missing_frames_are_refused_before_anything_is_made(
    run: Run, tiny_model: Path, tmp_path: Path
) -> None:
    missing = ("--driving", tmp_path / "none.mp4")
    said = run("export", "--model", tiny_model, "-o", tmp_path / "new", "--precision", "int8", *missing)
    assert said.code == 1
    assert "none.mp4 is missing" in said.err
    assert not (tmp_path / "new").exists()


def test_int8_with_a_report(
    run: Run, tiny_model: Path, tmp_path: Path, picture: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other engines' parity has tests of its own."""
    monkeypatch.setattr("liveportrait.cli.export.engine_candidates", lambda networks: [])
    frames = ("--source", picture, "--driving", clip, "--num-frames", "2", "--every", "1")
    stages = ("--stages", "motion_extractor", "renderer")
    said = run(
        "export", "--model", tiny_model, "-o", tmp_path / "new", "--precision", "int8", *stages, *frames,
        "--parity", tmp_path / "report",
    )  # fmt: skip
    assert said.code == 0, said.err
    facts = json.loads((tmp_path / "report" / "parity.json").read_text())
    (row,) = facts["rows"]
    assert row["precision"] == "int8"
    assert row["worst_psnr_db"] > parity.LEAST_PSNR_DB["int8"]
    assert "within bounds" in said.out
