"""People come with their good images, in the order of the plan."""

from pathlib import Path

import pytest

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.people import read_people
from liveportrait.dataset.schema.images import ImageRecord
from liveportrait.dataset.schema.tables import read_rows, write_rows
from tests.dataset.finished import identity_id, write_finished


def test_everybody_comes_with_a_document_and_live_images(tmp_path: Path) -> None:
    people = list(read_people(write_finished(tmp_path / "set")))
    assert [person.identity_id for person in people] == [identity_id(code) for code in range(6)]
    for person in people:
        assert person.document is not None
        assert [image.planned.slot for image in person.live] == [0, 1]
        assert all(image.planned.identity_id == person.identity_id for image in person.images)
    assert people[1].group == ("Male", "15-19", None)


def test_what_failed_is_not_there(tmp_path: Path) -> None:
    lost = f"{identity_id(1)}.doc", f"{identity_id(2)}.live_0_e"
    alone = [f"{identity_id(3)}.{name}" for name in ("doc", "live_0_e", "live_1_e")]
    people = list(read_people(write_finished(tmp_path / "set", spoilt=[*lost, *alone])))
    assert [person.identity_id for person in people] == [identity_id(code) for code in (0, 1, 2, 4, 5)]
    assert people[1].document is None and len(people[1].live) == 2
    assert len(people[2].live) == 1


def test_some_can_be_chosen(tmp_path: Path) -> None:
    chosen = [identity_id(4), identity_id(2), "unknown"]
    people = read_people(write_finished(tmp_path / "set"), chosen=chosen)
    assert [person.identity_id for person in people] == [identity_id(2), identity_id(4)]


def test_tables_out_of_order_are_refused(tmp_path: Path) -> None:
    folder = write_finished(tmp_path / "set")
    rows = list(read_rows(folder.images, ImageRecord))
    write_rows(rows[::-1], folder.images, row_type=ImageRecord)
    with pytest.raises(DatasetError, match="order of the plan"):
        list(read_people(folder))
