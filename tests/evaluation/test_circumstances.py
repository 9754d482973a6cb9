import shutil
from pathlib import Path

from liveportrait.engines.config import EngineConfig
from liveportrait.evaluation.circumstances import ModelRecord, circumstances_of
from liveportrait.motion.settings import TransferSettings
from tests.tiny_model import write_tiny_model


def record(folder: Path) -> ModelRecord:
    return circumstances_of(str(folder), engine=EngineConfig(), transfer=TransferSettings()).model


def test_the_model_is_named_by_content(tmp_path: Path) -> None:
    folder = write_tiny_model(tmp_path / "a" / "tiny")
    first = record(folder)
    again = record(shutil.copytree(folder, tmp_path / "b" / "tiny"))
    other = record(write_tiny_model(tmp_path / "c" / "tiny", seed=1))
    assert first == again and first.sha256 != other.sha256
    assert (first.name, first.preset, first.licence, first.commercial_use) == ("tiny", "tiny", "MIT", True)
