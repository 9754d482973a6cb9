"""All identities of a plan get one prompt each, whatever stops the writing in between."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.prompts.mentions import unmentioned
from liveportrait.dataset.prompts.protocol import PromptRequest
from liveportrait.dataset.prompts.template import TemplateWriter
from liveportrait.dataset.prompts.writing import write_prompts
from liveportrait.dataset.schema.identities import PlannedIdentity
from liveportrait.dataset.schema.prompts import Prompt
from liveportrait.dataset.schema.tables import read_rows
from tests.dataset.planning.documents import write_document
from tests.dataset.running.plans import plan_of_files, plan_of_prompts


@dataclass
class Never:
    """Nobody asks to stop."""

    is_set: bool = False


@dataclass
class Model:
    """Writes what it counts, and may ask to stop, or break, at a number."""

    name: str = "model@1"
    stop: Never = field(default_factory=Never)
    stop_at: int | None = None
    break_at: int | None = None
    asked: list[str] = field(default_factory=list)

    def write(self, request: PromptRequest) -> Prompt:
        self.asked.append(request.identity_id)
        if len(self.asked) == self.break_at:
            raise RuntimeError("out of memory")
        self.stop.is_set = len(self.asked) == self.stop_at
        return Prompt(identity_id=request.identity_id, text=f"seed {request.seed}", writer=self.name)

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def folder(tmp_path: Path) -> DatasetFolder:
    return plan_of_prompts(tmp_path, num_identities=10)


def rows(folder: DatasetFolder) -> list[Prompt]:
    return list(read_rows(folder.prompts, Prompt))


def test_the_template_says_every_attribute_of_everybody_in_the_plans_order(folder: DatasetFolder) -> None:
    summary = write_prompts(folder, TemplateWriter(), stop=Never())

    people = list(read_rows(folder.planned_identities, PlannedIdentity))
    assert summary.is_complete and summary.num_by_writer == {"template": 10}
    assert [row.identity_id for row in rows(folder)] == [one.identity_id for one in people]
    for row, one in zip(rows(folder), people, strict=True):
        assert not unmentioned(row.text, one.attributes)
    assert not folder.begun_prompts.exists()


def test_stopped_and_gone_on_is_as_never_stopped(folder: DatasetFolder, tmp_path: Path) -> None:
    stopping = Model(stop_at=4)
    partly = write_prompts(folder, stopping, stop=stopping.stop)
    assert (partly.num_written, partly.is_complete, folder.prompts.exists()) == (4, False, False)

    rest = Model()
    assert write_prompts(folder, rest, stop=Never()).is_complete
    assert len(rest.asked) == 6 and not set(rest.asked) & set(stopping.asked)
    other = plan_of_prompts(tmp_path / "other", num_identities=10)
    write_prompts(other, Model(), stop=Never())
    assert rows(folder) == rows(other)
    assert folder.prompts.read_bytes() == other.prompts.read_bytes()


def test_an_error_loses_nothing_that_was_written(folder: DatasetFolder) -> None:
    with pytest.raises(RuntimeError, match="out of memory"):
        write_prompts(folder, Model(break_at=7), stop=Never())
    rest = Model()
    write_prompts(folder, rest, stop=Never())

    assert len(rest.asked) == 4
    assert len(rows(folder)) == 10


def test_a_half_written_line_is_written_anew(folder: DatasetFolder) -> None:
    stopping = Model(stop_at=4)
    write_prompts(folder, stopping, stop=stopping.stop)
    with folder.begun_prompts.open("ab") as file:
        file.write(b'{"identity_id": "cut o')
    write_prompts(folder, Model(), stop=Never())

    assert len({row.identity_id for row in rows(folder)}) == 10


@pytest.mark.parametrize("kept_bytes", [0, 5])
def test_a_file_that_was_cut_off_at_its_head_begins_anew(folder: DatasetFolder, kept_bytes: int) -> None:
    stopping = Model(stop_at=4)
    write_prompts(folder, stopping, stop=stopping.stop)
    folder.begun_prompts.write_bytes(folder.begun_prompts.read_bytes()[:kept_bytes])

    assert write_prompts(folder, Model(), stop=Never()).num_written == 10


def test_a_line_that_is_none_is_refused(folder: DatasetFolder) -> None:
    stopping = Model(stop_at=4)
    write_prompts(folder, stopping, stop=stopping.stop)
    with folder.begun_prompts.open("ab") as file:
        file.write(b"[1]\n")
    with pytest.raises(DatasetError, match="Prompt"):
        write_prompts(folder, Model(), stop=Never())


def test_another_writer_does_not_go_on_with_what_one_began(folder: DatasetFolder) -> None:
    stopping = Model(stop_at=4)
    write_prompts(folder, stopping, stop=stopping.stop)
    with pytest.raises(DatasetError, match=r"begun by .*model@1.*, and template is to write now"):
        write_prompts(folder, TemplateWriter(), stop=Never())


def test_a_finished_table_is_left_and_refused_where_another_wrote_it(folder: DatasetFolder) -> None:
    write_prompts(folder, Model(), stop=Never())
    before = folder.prompts.read_bytes()
    again = Model()

    assert write_prompts(folder, again, stop=Never()).is_complete
    assert again.asked == []
    with pytest.raises(DatasetError, match=r"was written by model@1, and model@2 is to write now"):
        write_prompts(folder, replace(again, name="model@2"), stop=Never())
    assert folder.prompts.read_bytes() == before


def test_a_table_of_another_plan_is_refused(folder: DatasetFolder, tmp_path: Path) -> None:
    other = plan_of_prompts(tmp_path / "other", num_identities=3)
    write_prompts(other, Model(), stop=Never())
    folder.prompts.write_bytes(other.prompts.read_bytes())
    with pytest.raises(DatasetError, match="does not belong to this plan"):
        write_prompts(folder, Model(), stop=Never())


def test_documents_that_are_files_need_none(tmp_path: Path) -> None:
    write_document(tmp_path / "documents" / "a.png", seed=0)
    folder = plan_of_files(tmp_path / "out", tmp_path / "documents")
    with pytest.raises(DatasetError, match="need no prompts"):
        write_prompts(folder, TemplateWriter(), stop=Never())


SLOW = """
import sys, time
from pathlib import Path
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.prompts.template import TemplateWriter
from liveportrait.dataset.prompts.writing import write_prompts
class Slow(TemplateWriter):
    def write(self, request):
        time.sleep(0.02)
        return super().write(request)
class Never: is_set = False
write_prompts(DatasetFolder(Path(sys.argv[1])), Slow(), stop=Never())
"""


def test_two_processes_do_not_write_the_same_and_a_killed_one_is_gone_on_from(tmp_path: Path) -> None:
    folder = plan_of_prompts(tmp_path, num_identities=200)
    process = subprocess.Popen([sys.executable, "-c", SLOW, str(tmp_path)])
    try:
        _wait_for(lambda: folder.begun_prompts.exists() and folder.begun_prompts.stat().st_size > 2000)
        with pytest.raises(DatasetError, match="another process is writing"):
            write_prompts(folder, TemplateWriter(), stop=Never())
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    assert not folder.prompts.exists()
    assert write_prompts(folder, TemplateWriter(), stop=Never()).num_written == 200
    whole = plan_of_prompts(tmp_path / "whole", num_identities=200)
    write_prompts(whole, TemplateWriter(), stop=Never())
    assert folder.prompts.read_bytes() == whole.prompts.read_bytes()


def _wait_for(condition: object) -> None:
    assert callable(condition)
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not begin within a minute")
