import shutil
from pathlib import Path

import pytest

from liveportrait.engines.config import EngineConfig
from liveportrait.evaluation.circumstances import ModelRecord, checked_out_commit, circumstances_of
from liveportrait.motion.settings import TransferSettings
from tests.tiny_model import write_tiny_model

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def git_folder(path: Path, head: str) -> Path:
    (path / ".git" / "refs" / "heads").mkdir(parents=True)
    (path / ".git" / "HEAD").write_text(head + "\n")
    return path


def record(folder: Path) -> ModelRecord:
    return circumstances_of(str(folder), engine=EngineConfig(), transfer=TransferSettings()).model


def test_the_commit_of_a_branch(tmp_path: Path) -> None:
    checkout = git_folder(tmp_path, "ref: refs/heads/main")
    (checkout / ".git/refs/heads/main").write_text(COMMIT + "\n")
    assert checked_out_commit(checkout) == COMMIT


def test_the_commit_of_a_packed_branch(tmp_path: Path) -> None:
    checkout = git_folder(tmp_path, "ref: refs/heads/main")
    (checkout / ".git/packed-refs").write_text(
        f"# pack-refs\n{'f' * 40} refs/heads/other\n{COMMIT} refs/heads/main\n"
    )
    assert checked_out_commit(checkout) == COMMIT


def test_the_commit_of_a_detached_head(tmp_path: Path) -> None:
    assert checked_out_commit(git_folder(tmp_path, COMMIT)) == COMMIT


@pytest.mark.parametrize("head", [None, "ref: refs/heads/new"])
def test_without_a_commit_it_says_so(tmp_path: Path, head: str | None) -> None:
    checkout = tmp_path if head is None else git_folder(tmp_path, head)
    assert checked_out_commit(checkout) == "unknown"


def test_the_model_is_named_by_content(tmp_path: Path) -> None:
    folder = write_tiny_model(tmp_path / "a" / "tiny")
    first = record(folder)
    again = record(shutil.copytree(folder, tmp_path / "b" / "tiny"))
    other = record(write_tiny_model(tmp_path / "c" / "tiny", seed=1))
    assert first == again and first.sha256 != other.sha256
    assert (first.name, first.preset, first.licence, first.commercial_use) == ("tiny", "tiny", "MIT", True)
