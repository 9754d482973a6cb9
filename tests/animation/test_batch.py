"""Many files at once: what fails, fails alone, and the summary says what is there."""

import json
from pathlib import Path

import cv2
import pytest

from liveportrait.animation.batch import (
    Job,
    Outcome,
    load_summary,
    pattern_of_frames,
    plan_jobs,
    run_jobs,
    save_summary,
)
from liveportrait.animation.files import AnimationReport
from liveportrait.errors import CancelledError, MediaError, NoFaceError, SettingError


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


@pytest.mark.parametrize("stop", [KeyboardInterrupt, CancelledError])
def test_ctrl_c_and_a_caller_who_cancels_end_all(tmp_path: Path, stop: type[BaseException]) -> None:
    def animate(one: Job) -> AnimationReport:
        raise stop

    with pytest.raises(stop):
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


class TestPlans:
    def test_all_names_differ(self, tmp_path: Path) -> None:
        sources, drivers = tmp_path / "sources", tmp_path / "drivers"
        for folder, names in (
            (sources, ("a.jpg", "a.png", "a_jpg.png", "A_PNG.jpg", "x.png", "x--y.png")),
            (drivers, ("y--z.mp4", "z.mp4", "z.webm", "z_mp4.gif")),
        ):
            folder.mkdir()
            for name in names:
                (folder / name).touch()
        jobs = plan_jobs(sources, drivers, tmp_path / "out")
        assert len({job.name.casefold() for job in jobs}) == len(jobs) == 24
        assert [job.name for job in jobs] == [
            job.name for job in plan_jobs(sources, drivers, tmp_path / "out")
        ]
        assert {"x--y--z_mp4", "a_jpg--y--z", "a_jpg--y--z_2"} <= {job.name for job in jobs}

    @pytest.mark.parametrize("output", ["sources", "drivers", "sources/../drivers", "link"])
    def test_results_do_not_lie_among_what_they_are_made_of(self, tmp_path: Path, output: str) -> None:
        for name in ("sources", "drivers"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "a.png").touch()
        (tmp_path / "link").symlink_to(tmp_path / "sources")
        with pytest.raises(SettingError, match="read as well as written"):
            plan_jobs(tmp_path / "sources", tmp_path / "drivers", tmp_path / output)

    @pytest.mark.parametrize("output", ["o.mp4", "o.PNG", "o/%04d.png"])
    def test_a_folder_is_not_named_like_a_file(self, tmp_path: Path, output: str) -> None:
        with pytest.raises(SettingError, match=r"output is a folder too.*%06d\.png"):
            plan_jobs(tmp_path, tmp_path / "d.mp4", tmp_path / output)

    @pytest.mark.parametrize("driving", ["missing.mp4", "missing.safetensors", "no_video.mp4"])
    def test_a_fault_of_the_one_file_that_all_share_is_told_once(self, tmp_path: Path, driving: str) -> None:
        (tmp_path / "no_video.mp4").write_text("words")
        (tmp_path / "sources").mkdir()
        (tmp_path / "sources" / "a.png").touch()
        with pytest.raises(MediaError, match=driving):
            plan_jobs(tmp_path / "sources", tmp_path / driving, tmp_path / "out")

    def test_frames_of_one_video_are_known(self, tmp_path: Path) -> None:
        assert pattern_of_frames(tmp_path) is None
        for name in ("000000.png", "000001.png"):
            (tmp_path / name).touch()
        assert pattern_of_frames(tmp_path) == tmp_path / "%06d.png"
        (tmp_path / "portrait.png").touch()
        assert pattern_of_frames(tmp_path) is None
        assert pattern_of_frames(tmp_path / "missing") is None
