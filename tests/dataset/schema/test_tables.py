from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.schema import tables
from liveportrait.dataset.schema.arrow_types import arrow, schema_of
from liveportrait.dataset.schema.images import ImageRecord, PlannedImage
from liveportrait.dataset.schema.tables import read_matching, read_range, read_rows, write_rows
from liveportrait.errors import MediaError
from tests.dataset.rows import EVERY, FACELESS, FAILED, MADE, PLANNED


@pytest.mark.parametrize("row", EVERY, ids=lambda row: type(row).__name__)
def test_a_row_comes_back_as_it_was(row: Any, tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    assert write_rows([row, row], path, row_type=type(row)) == 2
    assert list(read_rows(path, type(row))) == [row, row]


def test_rows_with_and_without_parts_share_a_table(tmp_path: Path) -> None:
    path = tmp_path / "images.parquet"
    rows = [FAILED, MADE, FACELESS, FAILED]
    write_rows(rows, path, row_type=ImageRecord)
    assert list(read_rows(path, ImageRecord)) == rows


def test_an_empty_table_is_a_table(tmp_path: Path) -> None:
    path = tmp_path / "images.parquet"
    assert write_rows([], path, row_type=ImageRecord) == 0
    assert list(read_rows(path, ImageRecord)) == []


def test_every_column_of_the_schema_gets_its_array() -> None:
    for row in EVERY:
        schema = schema_of(type(row))
        batch = arrow().record_batch(tables.arrays_of(type(row), [row]), schema=schema)
        batch.validate(full=True)


def test_a_range_is_read_across_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "GROUP_ROWS", 4)
    path = tmp_path / "images.parquet"
    rows = [replace(PLANNED, identity_index=index // 3, slot=index % 3) for index in range(30)]
    write_rows(rows, path, row_type=PlannedImage)
    assert read_range(path, PlannedImage, column="identity_index", start=2, stop=5) == rows[6:15]
    assert read_range(path, PlannedImage, column="identity_index", start=10, stop=12) == []


def test_rows_are_found_by_a_text(tmp_path: Path) -> None:
    path = tmp_path / "images.parquet"
    rows = [replace(PLANNED, identity_id=name) for name in "abcab"]
    write_rows(rows, path, row_type=PlannedImage)
    assert read_matching(path, PlannedImage, column="identity_id", values=["b", "a", "x"]) == [
        row for row in rows if row.identity_id in "ab"
    ]
    assert read_matching(path, PlannedImage, column="identity_id", values=["x"]) == []


def test_equal_rows_make_equal_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_rows([MADE] * 5, tmp_path / name, row_type=ImageRecord)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_table_that_fails_half_way_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "images.parquet"
    write_rows([MADE], path, row_type=ImageRecord)

    def failing() -> Any:
        yield FAILED
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        write_rows(failing(), path, row_type=ImageRecord)
    assert list(read_rows(path, ImageRecord)) == [MADE]
    assert [file.name for file in tmp_path.iterdir()] == ["images.parquet"]


def test_a_full_disk_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"folder .* does not exist"):
        write_rows([MADE], tmp_path / "nowhere" / "images.parquet", row_type=ImageRecord)


def test_reading_does_not_need_the_whole_table_at_once(tmp_path: Path) -> None:
    path = tmp_path / "images.parquet"
    write_rows([MADE, FAILED], path, row_type=ImageRecord)
    assert list(islice(read_rows(path, ImageRecord), 1)) == [MADE]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not a table at all" * 10])
def test_a_damaged_table_is_refused_by_name(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "images.parquet"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"images\.parquet"):
        list(read_rows(path, ImageRecord))


def test_a_cut_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "images.parquet"
    write_rows([MADE] * 100, path, row_type=ImageRecord)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DatasetError, match=r"images\.parquet"):
        list(read_rows(path, ImageRecord))


def test_another_kind_of_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "images.parquet"
    write_rows([PLANNED], path, row_type=PlannedImage)
    with pytest.raises(DatasetError, match="expected a table of ImageRecord rows, found PlannedImage"):
        list(read_rows(path, ImageRecord))
    with pytest.raises(DatasetError, match="no such file"):
        list(read_rows(tmp_path / "none", ImageRecord))


def test_a_column_with_a_default_may_be_missing_and_a_strange_one_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "images.parquet"
    write_rows([MADE], path, row_type=ImageRecord)
    pa = arrow()
    table = pa.parquet.read_table(path)
    changed = table.drop_columns(["attempt"]).append_column("mood", pa.array(["good"]))
    pa.parquet.write_table(changed.replace_schema_metadata(table.schema.metadata), path)
    assert list(read_rows(path, ImageRecord)) == [MADE]


def test_a_column_without_a_default_must_be_there(tmp_path: Path) -> None:
    path = tmp_path / "images.parquet"
    write_rows([MADE], path, row_type=ImageRecord)
    pa = arrow()
    table = pa.parquet.read_table(path)
    changed = table.drop_columns(["status"]).replace_schema_metadata(table.schema.metadata)
    pa.parquet.write_table(changed, path)
    with pytest.raises(DatasetError, match="'status' is missing"):
        list(read_rows(path, ImageRecord))


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    values: dict[str, int]


def test_a_field_that_no_table_can_hold_is_named() -> None:
    with pytest.raises(TypeError, match="has no place in a table"):
        schema_of(Odd)
