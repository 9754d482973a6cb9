"""The command line, run in this process, with a tiny model."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from liveportrait.cli.main import main
from tests.portraits import portrait, swaying, write_picture, write_video


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def facts(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Said]

PLAIN = ("--engine", "torch", "--precision", "fp32", "--device", "cpu")
"""Which engines are here is not these tests' matter."""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run_command(*words: str | Path) -> Said:
        capsys.readouterr()
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return run_command


@pytest.fixture
def animate(run: Run, tiny_model: Path) -> Run:
    """`animate` with the tiny model."""
    return lambda *words: run("animate", "--model", tiny_model, *PLAIN, *words)


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_picture(tmp_path_factory.mktemp("source") / "portrait.png", portrait())


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("driving") / "driving.mp4", swaying(4))
