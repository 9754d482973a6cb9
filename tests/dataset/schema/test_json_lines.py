import json
from typing import Any

import pytest

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.schema.arrow_types import schema_of
from liveportrait.dataset.schema.failures import FailureRow
from liveportrait.dataset.schema.images import ImageRecord
from liveportrait.dataset.schema.json_lines import from_json_line, to_json_line
from tests.dataset.rows import EVERY, FAILURE, MADE


@pytest.mark.parametrize("row", EVERY, ids=lambda row: type(row).__name__)
def test_a_row_comes_back_as_it_was(row: Any) -> None:
    line = to_json_line(row)
    assert "\n" not in line
    assert line.isascii()
    assert from_json_line(type(row), line) == row


@pytest.mark.parametrize("row", EVERY, ids=lambda row: type(row).__name__)
def test_names_are_the_columns_of_the_table(row: Any) -> None:
    assert list(json.loads(to_json_line(row))) == schema_of(type(row)).names


@pytest.mark.parametrize("line", ["", "{", "[]", "1", "null", "{}", "[" * 10**5])
def test_what_is_no_row_is_refused(line: str) -> None:
    with pytest.raises(DatasetError):
        from_json_line(ImageRecord, line)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("status", 3),
        ("slot", "0"),
        ("slot", 0.5),
        ("slot", True),
        ("slot", None),
        ("parameters", [1]),
        ("parameters", {"yaw_deg": "left"}),
        ("model_refs", {"id": "x"}),
        ("model_refs", [None]),
        ("measured_bbox_xyxy", ["1"]),
    ],
)
def test_a_value_of_another_type_is_refused(column: str, value: object) -> None:
    record = json.loads(to_json_line(MADE)) | {column: value}
    with pytest.raises(DatasetError):
        from_json_line(ImageRecord, json.dumps(record))


@pytest.mark.parametrize("time", ["yesterday", 3])
def test_a_time_that_is_none_is_refused(time: object) -> None:
    record = json.loads(to_json_line(FAILURE)) | {"time_utc": time}
    with pytest.raises(DatasetError, match="ISO 8601"):
        from_json_line(FailureRow, json.dumps(record))


def test_a_whole_number_may_stand_for_a_number() -> None:
    record = json.loads(to_json_line(MADE)) | {"measured_yaw_deg": -3}
    assert from_json_line(ImageRecord, json.dumps(record)) == MADE
