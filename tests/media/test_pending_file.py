import os
import subprocess
import sys
from pathlib import Path

import pytest

from liveportrait.media.pending_file import pending_file, pending_folder


def test_a_committed_file_stays_when_nobody_holds_it_any_more(tmp_path: Path) -> None:
    pending = pending_file(tmp_path / "result.txt")
    pending.path.write_text("whole")
    pending.commit()
    del pending
    assert (tmp_path / "result.txt").read_text() == "whole"
    assert [path.name for path in tmp_path.iterdir()] == ["result.txt"]


def test_what_was_never_committed_goes_with_its_object(tmp_path: Path) -> None:
    pending = pending_folder(tmp_path / "result")
    (pending.path / "part.png").touch()
    del pending
    assert not list(tmp_path.iterdir())


def test_a_process_that_ends_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    """Even where Ctrl-C came before anything could guard the file."""
    program = (
        "import sys; from pathlib import Path; from liveportrait.media.pending_file import pending_file; "
        "kept = pending_file(Path(sys.argv[1]) / 'result.txt'); assert kept.path.exists(); "
        "raise KeyboardInterrupt"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert "KeyboardInterrupt" in ended.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_leaves_its_parents_file_alone(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from liveportrait.media.pending_file import pending_file\n"
        "kept = pending_file(Path(sys.argv[1]) / 'result.txt')\n"
        "if os.fork() == 0: sys.exit()\n"
        "os.wait(); kept.commit()"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)
    assert [path.name for path in tmp_path.iterdir()] == ["result.txt"]


def test_a_file_has_the_rights_of_new_files_whatever_wrote_it(tmp_path: Path) -> None:
    """Safetensors leaves its files to their owner alone: nobody else on a cluster could read the weights."""
    usual, target = tmp_path / "usual", tmp_path / "target"
    usual.touch()
    pending = pending_file(target)
    pending.path.chmod(0o600)
    pending.commit()
    assert target.stat().st_mode == usual.stat().st_mode
