"""Thresholds can be traced, and are used for nothing else than what they were found for."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from liveportrait.dataset.biometrics.thresholds import (
    Calibration,
    add_calibrations,
    find_calibration,
    load_calibrations,
    save_calibrations,
)
from liveportrait.dataset.embeddings import Recogniser
from liveportrait.dataset.errors import DatasetError
from tests.dataset.people import FAKE

ONE = Calibration(
    recogniser=FAKE.name,
    weights_sha256=FAKE.weights_sha256,
    set_name="fake people",
    set_sha256="0" * 64,
    num_identities=60,
    num_comparisons=7080,
    num_false_matches=7,
    fmr=0.001,
    threshold=0.42314568161964417,
    confidence=0.95,
    threshold_low=0.4,
    threshold_high=0.45,
    fmr_low=0.0005,
    fmr_high=0.002,
)


def test_they_come_back_to_the_last_digit(tmp_path: Path) -> None:
    path = tmp_path / "protocols" / "thresholds.json"
    other = replace(ONE, fmr=0.0001, threshold=0.5)
    save_calibrations([ONE, other], path)
    assert set(load_calibrations(path)) == {ONE, other}


def test_a_second_calibration_on_the_same_set_replaces_the_first(tmp_path: Path) -> None:
    path = tmp_path / "thresholds.json"
    elsewhere, anew = replace(ONE, set_name="others"), replace(ONE, threshold=0.43)
    add_calibrations([ONE, elsewhere], path)
    add_calibrations([anew], path)
    assert set(load_calibrations(path)) == {anew, elsewhere}


def test_other_weights_or_rates_have_no_threshold() -> None:
    found = find_calibration([ONE], recogniser=FAKE, fmr=0.001, origin="here")
    assert found is ONE
    retrained = Recogniser(name=FAKE.name, weights_sha256="cd" * 32, licence="MIT")
    for recogniser, fmr in ((retrained, 0.001), (FAKE, 0.0001)):
        with pytest.raises(DatasetError, match="here: no threshold for fake-r18"):
            find_calibration([ONE], recogniser=recogniser, fmr=fmr, origin="here")


def test_the_larger_set_is_believed() -> None:
    larger = replace(ONE, set_name="a larger set", num_comparisons=10**6)
    assert find_calibration([ONE, larger], recogniser=FAKE, fmr=0.001, origin="here") is larger


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "[]",
        "[" * 5000,
        '{"format": "other", "thresholds": []}',
        '{"format": "liveportrait-thresholds/1", "thresholds": 3}',
        '{"format": "liveportrait-thresholds/1", "thresholds": [3]}',
        '{"format": "liveportrait-thresholds/1", "thresholds": [{"recogniser": "x"}]}',
    ],
)
def test_a_damaged_file_is_named(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "thresholds.json"
    path.write_text(damage)
    with pytest.raises(DatasetError, match=r"thresholds\.json"):
        load_calibrations(path)


def test_a_word_is_no_threshold(tmp_path: Path) -> None:
    path = tmp_path / "thresholds.json"
    save_calibrations([ONE], path)
    content = json.loads(path.read_text())
    content["thresholds"][0]["threshold"] = "0.4"
    path.write_text(json.dumps(content))
    with pytest.raises(DatasetError, match="threshold"):
        load_calibrations(path)
