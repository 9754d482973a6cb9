from pathlib import Path

import pytest

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.planning.labels import Labels, check_labels, labels_sha256, read_labels


def test_columns_may_be_left_out_and_cells_empty(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes('\ufefffile,age,gender\na.png,30-39,f\n"b,c.png", ,m\n'.encode())
    assert read_labels(path) == {"a.png": Labels(gender="f", age="30-39"), "b,c.png": Labels(gender="m")}


@pytest.mark.parametrize(
    "content",
    [
        b"name,age\na,3\n",
        b"file,mood\na,good\n",
        b"file,age,age\na,3,4\n",
        b"file,age\na\n",
        b"file,age\na,3,4\n",
        b"file,age\na,3\na,4\n",
        b"file,age\n,3\n",
        b"file,age\n\xff,3\n",
        b'file,age\n"a,3\n',
    ],
)
def test_a_table_that_is_no_label_file_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"labels\.csv"):
        read_labels(path)


def test_labels_of_nobody_are_a_misspelling() -> None:
    check_labels({"a.png"}, {"a.png", "b.png"}, Path("labels.csv"))
    with pytest.raises(DatasetError, match=r"no such documents: c\.png, d\.png, e\.png and 1 more"):
        check_labels({"a.png", "c.png", "d.png", "e.png", "f.png"}, {"a.png"}, Path("labels.csv"))


def test_the_digest_does_not_see_the_order_but_every_cell() -> None:
    first = {"a": Labels(age="1"), "b": Labels()}
    assert labels_sha256(first) == labels_sha256(dict(reversed(first.items())))
    assert labels_sha256(first) != labels_sha256({"a": Labels(origin="1"), "b": Labels()})
