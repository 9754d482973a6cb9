"""What is done with a finished dataset, from the command line."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from liveportrait.dataset.embeddings import save_embeddings
from liveportrait.dataset.filtering.subset import read_subset
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.schema.images import ImageRecord
from liveportrait.dataset.schema.tables import read_rows, write_rows
from tests.cli.conftest import Run
from tests.dataset.finished import identity_id, write_finished
from tests.dataset.people import people

FAST = ("--num-replicates", "5", "--json")


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return write_finished(tmp_path / "set", num_identities=12).root


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Other people of the same kind."""
    save_embeddings(people(40, num_live=1, seed=9), tmp_path / "labelled")
    return tmp_path / "labelled"


def test_from_calibration_to_a_list(dataset: Path, labelled: Path, run: Run) -> None:
    who = ("--recogniser", "fake-r18", "--fmr", "0.01")
    assert "Calibrate it" in run("dataset", "filter", "apply", dataset, *who).err
    found = run("dataset", "filter", "calibrate", labelled, "-o", dataset, *who, *FAST).facts
    assert found["output"] == str(dataset / "protocols" / "thresholds.json")
    threshold = found["thresholds"]["0.01"]
    (subset,) = run("dataset", "filter", "apply", dataset, *who, "--json").facts["subsets"]
    assert subset["path"].endswith(f"similarity_filtering_fake-r18_thr_{threshold!r}_fmr_0.01.txt")
    assert 1 < len(Path(subset["path"]).read_text().split()) == subset["num_kept"] <= 12
    facts = json.loads(Path(subset["path"]).with_suffix(".json").read_text())
    assert facts["calibration"]["set_name"] == "labelled"


def test_a_threshold_can_be_given(dataset: Path, run: Run) -> None:
    given = ("--recogniser", "fake-r18", "--threshold", "-1", "--fmr", "0.5", "--policy", "onot", "--json")
    (subset,) = run("dataset", "filter", "apply", dataset, *given).facts["subsets"]
    assert subset["num_kept"] == 1
    assert (dataset / "images.parquet").exists() and len(list((dataset / "images").iterdir())) == 1


def test_rejected_documents_are_no_identities_to_choose_from(dataset: Path, run: Run) -> None:
    folder = DatasetFolder(dataset)
    rows = [
        replace(row, status="rejected") if row.planned.image_id == f"{identity_id(3)}.doc" else row
        for row in read_rows(folder.images, ImageRecord)
    ]
    write_rows(rows, folder.images, row_type=ImageRecord)
    given = ("--recogniser", "fake-r18", "--threshold", "0.99", "--fmr", "0.01", "--json")
    (subset,) = run("dataset", "filter", "apply", dataset, *given).facts["subsets"]
    assert subset["num_kept"] == 11
    assert identity_id(3) not in read_subset(Path(subset["path"]))


def test_evaluation_leaves_report_and_lists(dataset: Path, labelled: Path, run: Run) -> None:
    words = ("dataset", "evaluate", dataset, "--recogniser", "fake-r18", "--gallery", labelled)
    assert "--look-alike" in run(*words).err
    found = run(*words, "--look-alike", "0.4", "--fmrs", "0.1", *FAST).facts
    assert found["num_mated"] == 24 and found["num_non_mated"] == 12 * 22
    assert "## Real people" in Path(found["report"]).read_text()
    names = sorted(path.name for path in (dataset / "protocols").iterdir())
    assert names == ["mad_trials.csv", "morph_candidates.csv", "splits.csv", "verification_doc_live.csv"]


def test_an_unknown_recogniser_is_named_with_those_there(dataset: Path, run: Run) -> None:
    said = run("dataset", "evaluate", dataset)
    assert said.code == 1 and "fake-r18" in said.err


def test_export_of_a_list_and_card(dataset: Path, tmp_path: Path, run: Run) -> None:
    chosen = tmp_path / "some.txt"
    chosen.write_text(f"{identity_id(1)}\n")
    out = tmp_path / "out"
    words = ("dataset", "export", dataset, "-o")
    found = run(*words, out, "--subset", chosen, "--json", "fluxsynid").facts
    assert (found["num_identities"], found["num_images"]) == (1, 3)
    assert (out / identity_id(1) / f"{identity_id(1)}_m_doc.png").exists()
    assert "in use" in run(*words, out, "webdataset", "--shard-mb", "5").err
    assert "--certificates" in run(*words, tmp_path / "new", "--private-key", "k.pem", "bob").err
    card = run("dataset", "card", dataset, "--title", "Twelve people", "--json").facts
    assert card["restrictions"] == ["no biometric processing"]
    assert "# Twelve people" in (dataset / "README.md").read_text()
