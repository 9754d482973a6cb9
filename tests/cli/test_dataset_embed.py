"""From pictures of known people to thresholds, and from a dataset to another recogniser's vectors."""

from pathlib import Path

import numpy as np
import pytest

from liveportrait.dataset.embeddings import load_embeddings
from tests.cli.conftest import Run
from tests.dataset.finished import write_finished
from tests.dataset.generators.fakes import write_recogniser
from tests.portraits import portrait, wall, write_picture


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One person twice, the same face mirrored as another, a wall, and a file that is no picture."""
    folder = tmp_path_factory.mktemp("people")
    (folder / "anna").mkdir()
    write_picture(folder / "anna" / "1.png", portrait(256))
    write_picture(folder / "anna" / "2.png", portrait(240))
    write_picture(folder / "bert.png", np.ascontiguousarray(portrait(256)[:, ::-1]))
    write_picture(folder / "wall.png", wall(256))
    (folder / "note.png").write_text("no picture")
    return folder


def test_pictures_become_thresholds_and_a_gallery(people: Path, tmp_path: Path, run: Run) -> None:
    labelled = tmp_path / "labelled"
    said = run("dataset", "embed", people, "--out", labelled, "--json")
    assert said.code == 3 and "note.png" in said.err
    assert (said.facts["num_images"], said.facts["num_identities"]) == (4, 3)
    assert (said.facts["num_not_enrolled"], said.facts["num_left_out"]) == (1, 1)
    found = load_embeddings(labelled, "sface")
    assert found.image_ids == ("anna/1.png", "anna/2.png", "bert.png", "wall.png")
    assert found.identity_ids == ("anna", "anna", "bert.png", "wall.png")
    assert float(found.vectors[0] @ found.vectors[1]) > 0.8
    fast = ("--fmr", "0.5", "--num-replicates", "5", "--json")
    calibrated = run("dataset", "filter", "calibrate", labelled, "-o", tmp_path / "t.json", *fast)
    assert calibrated.code == 1 and "too few" in calibrated.err


def test_another_network_is_called_by_its_file(people: Path, tmp_path: Path, run: Run) -> None:
    network = write_recogniser(tmp_path / "net.onnx")
    said = run("dataset", "embed", people, "-o", tmp_path, "--onnx", network, "--licence", "MIT", "--json")
    assert said.facts["recogniser"] == "net"
    found = load_embeddings(tmp_path, "net")
    assert found.vectors.shape == (4, 512) and found.recogniser.licence == "MIT"
    named = run("dataset", "embed", people, "--onnx", network, "--name", "a/b")
    assert named.code == 1 and "letters" in named.err


def test_a_dataset_without_faces_says_so(tmp_path: Path, run: Run) -> None:
    said = run("dataset", "embed", write_finished(tmp_path / "set", num_identities=1).root)
    assert said.code == 1 and "none of 3 pictures" in said.err
