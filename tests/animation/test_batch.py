"""Many files at once: what fails, fails alone, and the summary says what is there."""

import json
from pathlib import Path

import cv2
import pytest

from liveportrait.animation.batch import (
    Job,
    Outcome,
    load_summary,
    plan_jobs,
    run_jobs,
    save_summary,
)
from liveportrait.animation.files import AnimationReport
from liveportrait.errors import MediaError, NoFaceError


def job(name: str, folder: Path) -> Job:
    return Job(source=Path(f"{name}.png"), driving=Path("driving.mp4"), folder=folder, name=name)


def done(one: Job) -> AnimationReport:
    output = one.folder / f"{one.name}.mp4"
    output.touch()
    return AnimationReport(
        output=output,
        num_frames=3,
        num_faces=1,
        frames_without_driving_face=0,
        engine="torch",
        precision="fp32",
        device="cpu",
    )


def states(path: Path) -> list[str]:
    return [row["state"] for row in json.loads(path.read_text())]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (NoFaceError("nobody"), "nobody"),
        (RuntimeError("shapes"), "RuntimeError: shapes"),
        (cv2.error("resize"), "error: resize"),
        (MemoryError(), "MemoryError: "),
    ],
)
def test_a_fault_of_any_kind_ends_its_own_job_only(tmp_path: Path, fault: Exception, reason: str) -> None:
    def animate(one: Job) -> AnimationReport:
        if one.name == "b":
            raise fault
        return done(one)

    outcomes = list(run_jobs([job(name, tmp_path) for name in "abc"], animate))
    assert [outcome.error for outcome in outcomes] == [None, fault, None]
    assert outcomes[1].reason() == reason
    assert outcomes[1].facts()["error"] == type(fault).__name__


def test_ctrl_c_ends_all(tmp_path: Path) -> None:
    def animate(one: Job) -> AnimationReport:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(run_jobs([job("a", tmp_path)], animate))


def test_what_an_earlier_run_made_stays_in_the_summary(tmp_path: Path) -> None:
    path, names = tmp_path / "summary.json", "abcd"
    jobs = [job(name, tmp_path) for name in names]
    first = [Outcome(job=one, report=done(one)) for one in jobs[:3]]
    save_summary([*first, Outcome(job=jobs[3], error=NoFaceError("nobody"))], path)
    (tmp_path / "b.mp4").unlink()
    refused = MediaError("exists already")
    again = [
        Outcome(job=jobs[0], error=refused),
        Outcome(job=jobs[1], error=NoFaceError("nobody")),
        Outcome(job=jobs[3], report=done(jobs[3])),
    ]
    save_summary(again, path, earlier=load_summary(path))
    assert states(path) == ["done", "failed", "done", "done"]


@pytest.mark.parametrize("text", ["", "[", "{}", "[1]", '[{"state": "done"}]', "null", '"text"'])
def test_a_summary_that_is_none_is_no_obstacle(tmp_path: Path, text: str) -> None:
    path = tmp_path / "summary.json"
    assert load_summary(path) == {}
    path.write_text(text)
    assert load_summary(path) == {}


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(Path, "iterdir", forbidden)
    with pytest.raises(MediaError, match="cannot be read: .*Permission denied"):
        plan_jobs(tmp_path, tmp_path / "driving.mp4", tmp_path / "out")
