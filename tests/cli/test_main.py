"""Words, exit codes, and what goes where."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import liveportrait
from liveportrait.cli.main import COMMANDS
from tests.cli.conftest import PLAIN, Run
from tests.portraits import swaying, write_video

REPOSITORY = Path(__file__).parents[2]


def test_without_a_command_the_overview_is_shown_as_a_mistake(run: Run) -> None:
    said = run()
    assert said.code == 2
    assert said.out == ""
    assert "animate" in said.err


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_help_names_every_command_that_is_here(run: Run, word: str) -> None:
    said = run(word)
    assert said.code == 0
    for name in ("animate", "edit", "template", "weights", "doctor", "bench"):
        assert f"\n  {name} " in said.out


def test_the_version(run: Run) -> None:
    assert run("--version").out == f"liveportrait {liveportrait.__version__}\n"


def test_a_misspelt_command_gets_a_hint(run: Run) -> None:
    said = run("anmate")
    assert said.code == 2
    assert "Did you mean animate?" in said.err


@pytest.mark.parametrize("name", ["animate", "edit", "template", "weights", "doctor", "bench"])
def test_every_command_explains_itself(run: Run, name: str) -> None:
    said = run(name, "--help")
    assert said.code == 0
    assert f"liveportrait {name}" in said.out


def test_a_misspelt_option_is_a_usage_error(run: Run, tmp_path: Path) -> None:
    assert run("animate", "-s", "a", "-d", "b", "-o", "c", "--moton", "relative").code == 2
    assert run("animate", "-s", "a", "-d", "b", "-o", "c", "--motion", "sideways").code == 2


def test_there_is_a_module_for_every_command_but_those_to_come() -> None:
    assert {"animate", "edit", "template", "weights", "doctor", "bench"} <= set(COMMANDS)


def start(*words: str | Path) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "liveportrait", *map(str, words)]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_command_leaves_nothing(
    tiny_model: Path, picture: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    """Stopped while it draws: the part file is there already."""
    driving = write_video(tmp_path / "long.mp4", swaying(300, size_px=96))
    words = ["--model", tiny_model, "-s", picture, "-d", driving, "-o", tmp_path / "out.mp4"]
    process = start("animate", *PLAIN, *words)
    try:
        deadline = time.monotonic() + 120
        while not list(tmp_path.glob(".liveportrait-*")):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(number)
        _, complaint = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == code, complaint
    assert "Traceback" not in complaint
    assert [path.name for path in tmp_path.iterdir()] == ["long.mp4"]


def test_the_module_runs_as_the_command_does(tmp_path: Path) -> None:
    process = start("animate", "-s", tmp_path / "no.png", "-d", tmp_path / "no.mp4", "-o", tmp_path / "o.mp4")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1


def test_bench_is_a_module_too() -> None:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-m", "liveportrait.bench", "--help"]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0
    assert "--compare" in done.stdout


def test_ctrl_c_is_told_to_programs_too(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("liveportrait.cli.template.read_template", stop)
    said = run("template", "inspect", tmp_path / "motion.safetensors", "--json")
    assert said.code == 130
    assert said.facts["error"] == "Interrupted"
    assert said.facts["message"] in said.err
