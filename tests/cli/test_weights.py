"""liveportrait weights and doctor."""

from pathlib import Path

import pytest

from liveportrait.checkpoints import catalogue
from liveportrait.checkpoints.networks_file import FILE_NAME
from liveportrait.checkpoints.verification import FileCheck
from liveportrait.cli import doctor, weights
from tests.cli.conftest import Run


@pytest.fixture(autouse=True)
def no_downloads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LIVEPORTRAIT_WEIGHTS", str(tmp_path / "nothing here"))


def test_every_named_model_is_listed_with_its_licence_or_the_reason(run: Run) -> None:
    said = run("weights", "list", "--json")
    assert said.code == 0
    models = {model["model"]: model for model in said.facts["models"]}
    assert list(models) == list(catalogue.NAMED_MODELS)
    assert "weights download" in models["human"]["place"]
    assert models["human"]["licence"] == ""
    for name in catalogue.NAMED_MODELS:
        assert f"\n{name} " in run("weights", "list").out


def test_the_files_of_the_library_are_as_published(run: Run) -> None:
    said = run("weights", "verify", "--json")
    assert said.code == 0
    assert {file["status"] for file in said.facts["files"]} == {"as published"}
    assert {file["licence"] for file in said.facts["files"]} >= {"Apache-2.0"}


def test_an_unknown_model_is_no_fault_and_a_damaged_one_is(
    run: Run, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = run("weights", "verify", tiny_model)
    assert said.code == 0
    assert "no known file" in said.out
    damaged = FileCheck(path=tiny_model, status="differs", known=None, sha256="0")
    monkeypatch.setattr(weights, "verify_bundled", lambda: (damaged,))
    said = run("weights", "verify")
    assert said.code == 1
    assert "not as published" in said.err


def test_conversion_needs_checkpoints(run: Run, tmp_path: Path) -> None:
    said = run("weights", "convert", tmp_path, "-o", tmp_path / "converted")
    assert said.code == 1
    assert "weights download" in said.err
    assert list(tmp_path.iterdir()) == []


def test_what_exists_is_skipped_in_words_and_for_programs(run: Run, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"")
    words = ["weights", "convert", "nowhere", "-o", tmp_path, "--existing", "skip"]
    said = run(*words, "--json")
    assert (said.code, said.facts) == (0, {"state": "skipped", "output": str(tmp_path / FILE_NAME)})
    assert "skipped" in run(*words).out


def test_a_download_that_fails_says_so_and_leaves_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "download_released_model", _refused)
    said = run("weights", "download", "human", "-o", tmp_path / "weights")
    assert said.code == 1
    assert "no network" in said.err


def _refused(folder: Path, *, species: str) -> tuple[Path, ...]:
    from liveportrait.errors import WeightsError

    raise WeightsError(f"no network on the way to {species} in {folder}")


def test_the_doctor_names_everything(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "stated_requirements", lambda: ["torch>=2.6"])
    said = run("doctor", "--json")
    assert said.code == 0
    facts = said.facts
    assert facts["packages"]["torch"].startswith("2.")
    assert facts["engines"]["torch"]
    assert facts["encoders"]["libx264"] == "here"
    assert facts["machine"]["num_cores"] >= 1
    assert set(facts["models"]) == set(catalogue.NAMED_MODELS)
    assert "torch in fp32" in facts["auto_takes_the_first_of"]
    text = run("doctor").out
    for word in ("torch", "libx264", "human", "detector.safetensors"):
        assert word in text


def test_the_doctor_finds_a_damaged_library(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = FileCheck(path=Path("face.safetensors"), status="differs", known=None, sha256="0")
    monkeypatch.setattr(doctor, "verify_bundled", lambda: (damaged,))
    assert run("doctor").code == 1
