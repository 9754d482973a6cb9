"""Memory does not grow with the length of a video: benchmarks/long_video.py, on short ones."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize("source", ["picture", "video"])
def test_a_longer_video_takes_no_more_memory(tiny_model: Path, source: str) -> None:
    """90 more frames of 960 x 540 would be 140 MB, and as many again where results were kept."""
    words = ["--model", tiny_model, "--short-seconds", "1", "--seconds", "4", "--size", "960x540"]
    done = subprocess.run(
        [sys.executable, REPOSITORY / "benchmarks" / "long_video.py", *map(str, words), "--source", source],
        check=False,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["growth_mib"] < 60
    for length, num_frames in (("short", 30), ("long", 120)):
        assert facts[length]["num_frames"] == num_frames
        assert facts[length]["fps"] == "30000/1001"
        assert facts[length]["is_complete"]
