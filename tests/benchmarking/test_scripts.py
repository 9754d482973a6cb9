"""The scripts in benchmarks/ run to their end and write what they measured; how fast does not matter here."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]


def run_script(name: str, *words: object, json_file: Path) -> dict[str, Any]:
    """0: all bars are met; 1: some are missed, which the file says too."""
    done = subprocess.run(
        [sys.executable, REPOSITORY / "benchmarks" / name, *map(str, words), "--json", json_file],
        check=False,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode in (0, 1), done.stderr
    facts = json.loads(json_file.read_text())
    assert done.returncode == int(not all(bar["is_met"] for bar in facts["bars"])), done.stderr
    assert facts["machine"]["cpu"]
    return facts


def test_networks(tiny_model: Path, tmp_path: Path) -> None:
    facts = run_script(
        "networks.py", "--model", tiny_model, "--repeats", 2, "--num-threads", 1, json_file=tmp_path / "a"
    )
    assert {row["scope"] for row in facts["rows"]} == {
        "renderer only (W+G)",
        "a driven frame in the networks (M+S+W+G)",
    }
    assert facts["rows"][0]["times_reference_core"] == 1
    assert [bar["least"] for bar in facts["bars"]] == [2.7, 1.4]


@pytest.mark.parametrize(
    "words",
    [
        ("networks.py", "--model", "nowhere", "--json"),
        ("end_to_end.py", "--model", "nowhere", "--json"),
        ("dataset_plan.py", "--output"),
    ],
)
def test_the_place_of_the_result_is_checked_first(words: tuple[str, ...], tmp_path: Path) -> None:
    script, *options = words
    target = tmp_path / "missing" / "result.json"
    done = subprocess.run(
        [sys.executable, REPOSITORY / "benchmarks" / script, *options, target],
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 1
    assert "make it first" in done.stderr.splitlines()[-1]


@pytest.mark.slow
def test_end_to_end(tiny_model: Path, tmp_path: Path) -> None:
    facts = run_script(
        "end_to_end.py", "--model", tiny_model, "--seconds", 1, "--short-seconds", 1, json_file=tmp_path / "a"
    )
    sizes = [tuple(row["size_wh"]) for row in facts["pipelines"]]
    assert sizes == [(512, 512)] * (len(sizes) - 2) + [(1920, 1080)] * 2
    (animation,) = facts["animations"]
    assert "3 passes" in animation["scope"]
    assert sum(animation["seconds_by_pass"].values()) <= animation["seconds"]
    assert len(facts["bars"]) == 9
