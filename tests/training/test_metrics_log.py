import sys
from pathlib import Path

import pytest

from liveportrait.errors import SettingError
from liveportrait.training.metrics_log import CsvLog, TensorBoardLog


def test_rows_are_on_disk_at_once(tmp_path: Path) -> None:
    log = CsvLog(tmp_path / "run" / "log.csv")
    log.write(1, {"l1": 0.5, "total": 1.25})
    log.write(2, {"l1": 0.25, "total": 1.0})
    assert (tmp_path / "run" / "log.csv").read_bytes().decode() == "step,l1,total\n1,0.5,1.25\n2,0.25,1\n"


def test_a_resumed_run_drops_the_rows_of_the_lost_part(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    log = CsvLog(path)
    for step in range(1, 5):
        log.write(step, {"l1": step / 10})
    resumed = CsvLog(path, resume_step=2)
    resumed.write(3, {"l1": 0.9})
    assert path.read_text() == "step,l1\n1,0.1\n2,0.2\n3,0.9\n"


def test_a_row_cut_off_by_a_crash_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("step,l1,total\n1,0.5,1\n2,0.")
    CsvLog(path, resume_step=2).write(2, {"l1": 0.25, "total": 1.0})
    assert path.read_text() == "step,l1,total\n1,0.5,1\n2,0.25,1\n"


def test_a_number_that_comes_in_later_gets_a_column(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    CsvLog(path).write(1, {"loss": 2.0, "pixels": 0.5})
    CsvLog(path, resume_step=1).write(2, {"mouth": 0.25, "pixels": 0.4, "loss": 1.0})
    assert path.read_text() == "step,loss,pixels,mouth\n1,2,0.5,\n2,1,0.4,0.25\n"


def test_without_tensorboard_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(SettingError, match="pip install"):
        TensorBoardLog(tmp_path)


def test_tensorboard_gets_an_event_file(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    log = TensorBoardLog(tmp_path)
    log.write(1, {"l1": 0.5})
    log.close()
    assert list(tmp_path.glob("events.out.*"))
