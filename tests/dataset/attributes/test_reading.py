import json
from pathlib import Path

import pytest

from liveportrait.dataset.attributes.attribute_set import ClashRule
from liveportrait.dataset.attributes.builtin_set import builtin_attribute_set
from liveportrait.dataset.attributes.reading import read_attribute_set
from liveportrait.dataset.errors import DatasetError
from liveportrait.errors import LivePortraitError

RULE = {
    "fixed_file": "genders.txt",
    "fixed_attributes": ["Female"],
    "secondary_file": "facial_hair.txt",
    "secondary_attributes": ["Beard", "Goatee"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "genders.txt").write_text("Female,0.5000000000\nMale,0.5000000000\n")
    (tmp_path / "facial_hair.txt").write_text("Clean-shaven,0.7000000000\nBeard,0.3\nGoatee,0.0\n")
    (tmp_path / "file_probabilities.json").write_text('{"genders.txt": 1.0, "facial_hair.txt": 0.7}')
    (tmp_path / "attribute_clashes.json").write_text(json.dumps([RULE]))
    return tmp_path


def test_a_set_as_flux_synid_writes_it(folder: Path) -> None:
    attribute_set = read_attribute_set(folder)
    facial_hair, genders = attribute_set.classes
    assert genders.value_names == ("Female", "Male")
    assert (facial_hair.name, facial_hair.use_probability) == ("facial_hair", 0.7)
    assert [value.probability for value in facial_hair.values] == [0.7, 0.3, 0.0]
    assert attribute_set.rules == (
        ClashRule(
            fixed_class="genders",
            fixed_values=("Female",),
            secondary_class="facial_hair",
            secondary_values=("Beard", "Goatee"),
        ),
    )


def test_rules_may_be_missing_and_lines_end_as_they_like(folder: Path) -> None:
    (folder / "attribute_clashes.json").unlink()
    (folder / "genders.txt").write_bytes(b"Female,0.5\r\nMale,0.5\r\n\r\n")
    assert read_attribute_set(folder).rules == ()


def test_the_builtin_set_is_read_by_the_same_rules() -> None:
    attribute_set = builtin_attribute_set()
    assert {"ages", "genders", "origins"} <= {part.name for part in attribute_set.classes}
    assert attribute_set.rules


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xef\xbb\xbfFemale,1.0\n", "byte order mark"),
        ("Female,1.0\n".encode("utf-16"), "byte order mark"),
        (b"Fem\xe4le,1.0\n", "no UTF-8"),
        (b"Female, tall,1.0\n", "line 1: expected `value,probability`"),
        (b"Female,0.5\nMale\n", "line 2"),
        (b"Female,half\n", "line 1"),
        (b"Female,nan\n", "from 0 to 1"),
        (b"Female,-1\nMale,2\n", "from 0 to 1"),
        (b",1.0\n", "line 1"),
        (b"Female,0.5\nMale,0.4\n", "sum to 0.9"),
        (b"Female,0\nMale,0\n", "sum to 0.0"),
        (b"Female,0.5\nFemale,0.5\n", "twice"),
        (b"\n\n", "sum to 0.0"),
        (b"", "empty"),
        (b"x" * (2**20 + 1), "no attribute file"),
    ],
)
def test_a_faulty_class_is_refused_by_file_and_reason(folder: Path, content: bytes, message: str) -> None:
    (folder / "genders.txt").write_bytes(content)
    with pytest.raises(LivePortraitError, match=message) as caught:
        read_attribute_set(folder)
    assert "genders.txt" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"genders.txt": 1.0}', r"not named: \['facial_hair.txt'\]"),
        ('{"genders.txt": 1.0, "facial_hair.txt": 1.0, "hats.txt": 1.0}', r"without a file: \['hats.txt'\]"),
        ('{"genders.txt": 1.0, "facial_hair.txt": "often"}', "expected a number"),
        ('{"genders.txt": 1.0, "facial_hair.txt": true}', "expected a number"),
        ('{"genders.txt": 1.0, "facial_hair.txt": 1.5}', "0 to 1"),
        ('{"genders.txt": 1.0, "genders.txt": 1.0, "facial_hair.txt": 1}', "twice"),
        ("[]", "expected an object"),
        ("{", "no JSON"),
        ("[" * 10**5, "no JSON"),
    ],
)
def test_faulty_uses_are_refused(folder: Path, content: str, message: str) -> None:
    (folder / "file_probabilities.json").write_text(content)
    with pytest.raises(DatasetError, match=message):
        read_attribute_set(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fixed_file": "hats.txt"}, "names the class 'hats'"),
        ({"fixed_file": "genders"}, "name of a .txt file"),
        ({"fixed_file": 3}, "name of a .txt file"),
        ({"fixed_attributes": ["Feminine"]}, "genders does not have: Feminine"),
        ({"fixed_attributes": "Female"}, "must be a list"),
        ({"secondary_attributes": []}, "names no values"),
        ({"secondary_file": "genders.txt"}, "against itself"),
        ({"because": "so"}, "and no more"),
    ],
)
def test_a_faulty_rule_is_refused(folder: Path, change: dict[str, object], message: str) -> None:
    (folder / "attribute_clashes.json").write_text(json.dumps([RULE | change]))
    with pytest.raises(DatasetError, match=message) as caught:
        read_attribute_set(folder)
    assert "attribute_clashes.json" in str(caught.value)


def test_a_folder_that_is_none_and_one_without_files_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="expected a folder"):
        read_attribute_set(tmp_path / "none")
    with pytest.raises(DatasetError, match=r"ages\.txt"):
        read_attribute_set(tmp_path)
