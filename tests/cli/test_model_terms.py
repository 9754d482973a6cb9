"""What a command says of a model that is not for commercial use: one line on stderr, nothing on stdout."""

from pathlib import Path

import pytest

from liveportrait.checkpoints.manifest import Licence
from liveportrait.checkpoints.networks_file import FILE_NAME, load_networks, save_networks
from liveportrait.checkpoints.provenance import Provenance
from liveportrait.cli import bench, dataset_demo, exit_codes
from liveportrait.cli import evaluate as evaluation
from liveportrait.errors import SettingError
from liveportrait.evaluation.judging import Judges
from tests.cli.conftest import PLAIN, Run
from tests.evaluation.drawn_faces import drawn_judges
from tests.tiny_model import write_tiny_model


@pytest.fixture(scope="module")
def research_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_tiny_model(tmp_path_factory.mktemp("models") / "tiny")
    file, licence = folder / FILE_NAME, Licence(spdx="LicenseRef-Research-Only", commercial_use=False)
    save_networks(load_networks(file), file, provenance=Provenance(licence=licence, origin="a test"))
    return folder


def line_of(model: Path) -> str:
    terms = "is not for commercial use (LicenseRef-Research-Only)"
    return f"WARNING liveportrait.cli.model_terms: the model {model} {terms}\n"


def stop(*_: object, **__: object) -> None:
    raise SettingError("enough seen")


@pytest.mark.parametrize("command", ["animate", "edit", "template"])
def test_one_line_tells_it_and_programs_read_on(
    command: str, run: Run, research_only: Path, picture: Path, clip: Path, tmp_path: Path
) -> None:
    words = {
        "animate": ["animate", "-s", picture, "-d", clip, "-o", tmp_path / "out.mp4"],
        "edit": ["edit", "-s", picture, "-o", tmp_path / "out.png", "--smile", "0.5"],
        "template": ["template", "make", "-d", clip, "-o", tmp_path / "out.safetensors"],
    }[command]
    said = run(*words, "--model", research_only, *PLAIN, "--json")
    assert (said.code, said.err) == (exit_codes.OK, line_of(research_only))
    assert said.facts["state"] == "done"


def test_a_folder_is_told_once_and_who_wants_quiet_is_not_told(
    run: Run, research_only: Path, picture: Path, clip: Path, tmp_path: Path
) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    for name in ("a.png", "b.png"):
        (sources / name).write_bytes(picture.read_bytes())
    words = ["animate", "--model", research_only, *PLAIN, "-s", sources, "-d", clip]
    assert run(*words, "-o", tmp_path / "told").err == line_of(research_only)
    assert run(*words, "-o", tmp_path / "quiet", "--quiet").err == ""


def test_where_commercial_use_is_free_nothing_is_said(
    run: Run, tiny_model: Path, picture: Path, tmp_path: Path
) -> None:
    said = run("edit", "--model", tiny_model, *PLAIN, "-s", picture, "-o", tmp_path / "out.png")
    assert (said.code, said.err) == (exit_codes.OK, "")


def test_long_work_is_told_of_before_it_begins(
    run: Run, research_only: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def judges(**_: object) -> Judges:
        return drawn_judges()

    monkeypatch.setattr(bench, "run_benchmark", stop)
    monkeypatch.setattr(evaluation, "load_judges", judges)
    monkeypatch.setattr(evaluation, "evaluate", stop)
    model = ["--model", research_only]
    measured = [
        run("bench", *model),
        run("evaluate", *model, *PLAIN, "--clips", tmp_path, "-o", tmp_path / "evaluation"),
        run("dataset", "run", tmp_path / "none", *model),
        run("dataset", "replay", tmp_path / "none", "0123456789ab.live_0_e", *model),
    ]
    for said in measured:
        assert said.code == exit_codes.FAILED
        assert said.err.startswith(line_of(research_only)) and said.err.count("commercial") == 1


def test_the_demo_tells_it_of_mini(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the shipped file: this fails where it is no longer marked."""
    monkeypatch.setattr(dataset_demo, "make_demo", stop)
    assert "the model mini is not for commercial use (" in run("dataset", "demo", "-o", tmp_path).err
