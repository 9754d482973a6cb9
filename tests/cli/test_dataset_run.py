"""dataset run, status, verify, replay: as users and scripts see them."""

import sys
from pathlib import Path

import pytest

from liveportrait.cli.dataset_run import exit_code_of
from liveportrait.dataset.running.collecting import Collected
from liveportrait.dataset.running.status import StageStatus
from liveportrait.dataset.running.whole import RunSummary
from liveportrait.dataset.running.worker import WorkerEnd, WorkerOutcome
from liveportrait.media.picture_files import save_picture
from tests.cli.conftest import Run
from tests.portraits import portrait, wall


@pytest.fixture
def planned(run: Run, tmp_path: Path) -> Path:
    """One portrait and one wall, two live images each."""
    documents, output = tmp_path / "documents", tmp_path / "out"
    documents.mkdir()
    save_picture(portrait(256), documents / "person.png")
    save_picture(wall(256), documents / "wall.png")
    words = ["dataset", "plan", "documents", "--folder", documents, "-o", output]
    # The tiny model has no slider for the gaze, which other presets move.
    assert run(*words, "--num-animations", "2", "--presets", "poses").code == 0
    return output


def test_a_dataset_is_run_looked_at_verified_and_replayed(run: Run, planned: Path, tiny_model: Path) -> None:
    # The tiny model draws noise, on which nobody finds a face.
    makers = ["--model", tiny_model, "--engine.engine", "torch", "--recogniser", "none"]
    recipe = [*makers, "--quality", "90", "--shard-identities", "1"]
    said = run("dataset", "run", planned, *recipe, "--checks.faces", "any", "--json")
    assert said.code == 3
    documents, live = said.facts["stages"]
    assert (documents["num_ok"], documents["num_failed"]) == (2, 0)
    assert (live["num_ok"], live["num_failed"], live["errors"]) == (2, 2, {"NoFaceError": 2})
    status = run("dataset", "status", planned, "--json")
    assert status.code == 0
    assert status.facts["stages"] == said.facts["stages"]
    assert run("dataset", "verify", planned).code == 0
    image = next((planned / "images").rglob("*.live_1_e.jpg"))
    replayed = run("dataset", "replay", planned, image.stem, *makers, "--save", planned / "again.jpg")
    assert replayed.code == 0, replayed.err
    assert (planned / "again.jpg").read_bytes() == image.read_bytes()
    image.unlink()
    assert run("dataset", "verify", planned).code == 3
    other = run("dataset", "run", planned, *recipe, "--checks.faces", "any", "--quality", "80")
    assert other.code == 1
    assert "pictures.quality was 90, now 80" in other.err


def test_without_a_plan_nothing_is_run(run: Run, tmp_path: Path) -> None:
    said = run("dataset", "run", tmp_path)
    assert said.code == 1
    assert "dataset plan" in said.err


def test_slurm_gets_a_script(run: Run, planned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["dataset", "run", str(planned), "--executor", "slurm", "--num-workers", "3"]
    monkeypatch.setattr(sys, "argv", ["liveportrait", *words])
    said = run(*words)
    assert said.code == 0
    assert "#SBATCH --array=0-2" in said.out
    assert "#SBATCH --cpus-per-task=4" in said.out, "this machine's cores say nothing of the cluster's"
    assert f"-m liveportrait {' '.join(words)} --executor environment &" in said.out


def test_methods_that_need_files_say_which(run: Run, planned: Path) -> None:
    said = run("dataset", "run", planned, "--methods", "e", "p")
    assert said.code == 1
    assert "--pulid" in said.err


@pytest.mark.parametrize(
    ("ends", "is_complete", "num_failed", "code"),
    [
        (["done", "done"], True, 0, 0),
        (["done"], True, 2, 3),
        (["stopped", "done"], False, 0, 75),
        (["blocked"], False, 0, 75),
        (["lost"], False, 1, 75),
        (["too many failures"], False, 30, 1),
    ],
)
def test_exit_codes(ends: list[WorkerEnd], is_complete: bool, num_failed: int, code: int) -> None:
    stage = StageStatus(
        stage="e",
        num_planned=40,
        num_ok=0,
        num_rejected=0,
        num_failed=num_failed,
        num_shards=1,
        num_shards_done=0,
        errors={},
    )
    collected = Collected(num_identities=1, num_ok=0, num_rejected=0, num_failed=0, num_failures=0)
    summary = RunSummary(
        workers=tuple(WorkerOutcome(end=end) for end in ends),
        stages=(stage,),
        collected=collected if is_complete else None,
    )
    assert exit_code_of(summary) == code
