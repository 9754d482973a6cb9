"""A dataset that is published says what it is, in words and for programs."""

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.exporting.card import CardSettings
from liveportrait.dataset.exporting.inventory import Inventory
from liveportrait.dataset.exporting.licences import identifiers
from liveportrait.dataset.exporting.publishing import write_card
from liveportrait.dataset.folder import DatasetFolder
from tests.dataset.finished import identity_id, write_finished
from tests.dataset.rows import MADE

SETTINGS = CardSettings(
    title='People: "drawn"',
    authors=("Doe, Jo", "The Lab"),
    version="2.1.0",
    date="2026-11-22",
    url="https://x.y",
)


@pytest.fixture
def folder(tmp_path: Path) -> DatasetFolder:
    folder = write_finished(tmp_path / "set", spoilt=[f"{identity_id(4)}.live_1_e"])
    folder.reports.mkdir()
    (folder.reports / "evaluation_sface.md").write_text("# Evaluation\n")
    (folder.root / "ledger").mkdir()
    (folder.root / "ledger" / "run.lock").write_text("")
    write_card(folder, SETTINGS)
    return folder


def test_the_front_matter_is_what_the_hub_reads(folder: DatasetFolder) -> None:
    text = folder.card.read_text()
    front = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    assert front is not None
    # JSON is YAML, and here every value is JSON.
    values = {
        name: json.loads(value) for name, value in (line.split(": ", 1) for line in front[1].splitlines())
    }
    assert values["pretty_name"] == 'People: "drawn"'
    assert values["license"] == "cc0-1.0"
    assert values["size_categories"] == ["n<1K"]
    assert "synthetic" in values["tags"]


def test_the_card_counts_and_warns(folder: DatasetFolder) -> None:
    text = folder.card.read_text()
    assert (
        "17 images of 6 identities" in text and "1 planned images are missing (1 failed, 0 rejected)" in text
    )
    assert "| liveportrait/mini | 1 | `cdcdcdcdcdcd` | MIT |  | 11 |" in text
    assert text.count("no biometric processing") == 2  # among the models, and among the uses
    assert "](reports/evaluation_sface.md)" in text
    for section in ("Motivation", "Composition", "How it was made", "Uses", "Distribution and maintenance"):
        assert f"## {section}" in text


def test_licences_name_what_is_under_them(folder: DatasetFolder) -> None:
    place = folder.root / "LICENSES"
    names = sorted(path.name for path in place.iterdir())
    assert names == ["CC0-1.0.txt", "LicenseRef-FLUX-1-dev-Non-Commercial.txt", "MIT.txt", "README.md"]
    listing = (place / "README.md").read_text()
    assert "## CC0-1.0\n\n- 17 images" in listing and "- model black-forest-labs/FLUX.1-dev" in listing
    assert "spdx.org/licenses/CC0-1.0" in (place / "CC0-1.0.txt").read_text()


def test_a_text_that_was_added_stays(folder: DatasetFolder) -> None:
    text = folder.root / "LICENSES" / "MIT.txt"
    text.write_text("Permission is hereby granted")
    write_card(folder, SETTINGS)
    assert text.read_text() == "Permission is hereby granted"


@pytest.mark.parametrize(
    ("licences", "whole"),
    [
        ([], "LicenseRef-Unknown"),
        (["MIT"], "MIT"),
        (["X AND MIT", "MIT AND A"], "A AND MIT AND X"),
        (["MIT OR A", "B"], "(B) AND (MIT OR A)"),
    ],
)
def test_the_whole_is_under_all_licences(licences: list[str], whole: str) -> None:
    inventory = Inventory(facts={})
    for licence in licences:
        inventory.add(replace(MADE, licence=licence))
    assert inventory.licence == whole


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("MIT", ["MIT"]),
        ("LicenseRef-Public-Domain AND MIT", ["LicenseRef-Public-Domain", "MIT"]),
        ("(GPL-2.0-or-later WITH Bison-exception-2.2)", ["Bison-exception-2.2", "GPL-2.0-or-later"]),
        ("../../etc/passwd", ["etc-passwd"]),
        ("all rights reserved", ["all-rights-reserved"]),
        ("", []),
    ],
)
def test_expressions_are_taken_apart(expression: str, found: list[str]) -> None:
    assert identifiers(expression) == found


def test_the_citation_has_authors_and_licence(folder: DatasetFolder) -> None:
    text = (folder.root / "CITATION.cff").read_text()
    assert 'family-names: "Doe"\n    given-names: "Jo"' in text and '- name: "The Lab"' in text
    assert 'license: ["CC0-1.0"]' in text and "date-released: 2026-11-22" in text


def test_checksums_hold_and_leave_the_run_out(folder: DatasetFolder) -> None:
    done = subprocess.run(
        ["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=folder.root, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout
    names = {line.split("  ", 1)[1] for line in folder.checksums.read_text().splitlines()}
    assert {"images.parquet", "README.md", "croissant.json"} <= names
    assert sum(name.startswith("images/") for name in names) == 17
    assert not any(name.startswith("ledger") for name in names)


def test_the_card_can_be_written_again(folder: DatasetFolder) -> None:
    before = folder.card.read_bytes(), folder.checksums.read_bytes()
    write_card(folder, SETTINGS)
    assert (folder.card.read_bytes(), folder.checksums.read_bytes()) == before


def test_croissant_names_the_columns(folder: DatasetFolder) -> None:
    content = json.loads(folder.croissant.read_text())
    fields = {field["name"]: field for part in content["recordSet"] for field in part["field"]}
    assert fields["seed"]["dataType"] == "sc:Integer" and fields["measured_yaw_deg"]["dataType"] == "sc:Float"
    assert fields["gender"]["dataType"] == "sc:Text"
    assert {each["@id"] for each in content["distribution"]} == {"identities.parquet", "images.parquet"}


def test_croissant_is_read_by_its_own_library(folder: DatasetFolder) -> None:
    croissant = pytest.importorskip(
        "mlcroissant", reason="CROISSANT NOT VALIDATED: pip install mlcroissant (pandas, rdflib)"
    )
    dataset = croissant.Dataset(jsonld=str(folder.croissant))
    assert not dataset.metadata.issues.errors
    rows = list(dataset.records(record_set="identities"))
    assert len(rows) == 6
    assert rows[1]["identities/gender"] == b"Male"


def test_an_unfinished_dataset_is_named(tmp_path: Path) -> None:
    folder = write_finished(tmp_path / "set")
    folder.dataset_facts.unlink()
    with pytest.raises(DatasetError, match="is the run done"):
        write_card(folder, SETTINGS)
