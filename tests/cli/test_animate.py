"""liveportrait animate."""

import json
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from liveportrait.cli.file_options import MatchOptions, parse_rate
from liveportrait.errors import SettingError
from liveportrait.media.mark_reading import read_generated_mark
from liveportrait.media.opening import open_source
from liveportrait.media.settings import H264Settings, SinkSettings, Vp9Settings
from tests.cli.conftest import Run
from tests.portraits import (
    frames_of,
    portrait,
    swaying,
    two_people,
    wall,
    write_picture,
    write_video,
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_video_is_written_and_told(animate: Run, picture: Path, clip: Path, tmp_path: Path) -> None:
    said = animate("-s", picture, "-d", clip, "-o", tmp_path / "out.mp4")
    assert said.code == 0
    assert said.out == f"{tmp_path / 'out.mp4'}: 4 frames; torch in fp32 on cpu\n"
    assert said.err == ""
    assert len(frames_of(tmp_path / "out.mp4")) == 4
    assert read_generated_mark(tmp_path / "out.mp4") is not None


def test_for_programs(animate: Run, picture: Path, clip: Path, tmp_path: Path) -> None:
    said = animate("-s", picture, "-d", clip, "-o", tmp_path / "out.mp4", "--json")
    assert said.facts == {
        "state": "done",
        "output": str(tmp_path / "out.mp4"),
        "num_frames": 4,
        "num_faces": 1,
        "frames_without_driving_face": 0,
        "engine": "torch",
        "precision": "fp32",
        "device": "cpu",
    }


def test_a_fault_for_programs(animate: Run, clip: Path, tmp_path: Path) -> None:
    nobody = write_picture(tmp_path / "wall.png", wall())
    said = animate("-s", nobody, "-d", clip, "-o", tmp_path / "out.mp4", "--json")
    assert said.code == 1
    assert said.facts["error"] == "NoFaceError"
    assert said.facts["message"] in said.err


def test_the_mark_can_be_left_out(animate: Run, picture: Path, clip: Path, tmp_path: Path) -> None:
    assert animate("-s", picture, "-d", clip, "-o", tmp_path / "o.mp4", "--mark", "none").code == 0
    assert read_generated_mark(tmp_path / "o.mp4") is None


def test_options_reach_the_result(animate: Run, picture: Path, clip: Path, tmp_path: Path) -> None:
    sheet, output = tmp_path / "sheet.png", tmp_path / "out.mp4"
    words = ["--fps", "50", "--no-paste-back", "--contact-sheet", sheet, "--crf", "30", "--preset", "fast"]
    words += ["--motion", "absolute", "--region", "expression", "--anchor", "first", "--no-stitching"]
    words += ["--smoothing", "offline", "--smoothing-variance", "1e-3", "--driving-multiplier", "1.2"]
    assert animate("-s", picture, "-d", clip, "-o", output, *words).code == 0
    with open_source(output) as result:
        assert result.info.fps == 50
        assert result.info.size_wh == (256, 256)
    assert frames_of(sheet)[0].image.shape[0] > 500


def test_panels(animate: Run, picture: Path, clip: Path, tmp_path: Path) -> None:
    assert animate("-s", picture, "-d", clip, "-o", tmp_path / "o.mp4", "--side-by-side").code == 0
    assert frames_of(tmp_path / "o.mp4")[0].image.shape == (160, 480, 3)


def test_every_face_its_driver(animate: Run, clip: Path, tmp_path: Path) -> None:
    pair = write_picture(tmp_path / "pair.png", two_people())
    still = write_picture(tmp_path / "still.png", portrait())
    roles = ["--role", f"left={clip}", "--role", f"190,60,260,150={still}"]
    said = animate("-s", pair, *roles, "-o", tmp_path / "out.mp4", "--json")
    assert said.facts["num_faces"] == 2


def test_all_faces(animate: Run, clip: Path, tmp_path: Path) -> None:
    pair = write_picture(tmp_path / "pair.png", two_people())
    said = animate("-s", pair, "-d", clip, "-o", tmp_path / "out.mp4", "--face", "all")
    assert said.out.endswith("4 frames, 2 faces; torch in fp32 on cpu\n")


def test_a_face_by_hand(animate: Run, clip: Path, tmp_path: Path, tiny_animator: object) -> None:
    pair = write_picture(tmp_path / "pair.png", two_people())
    five = [[205.0, 95.0], [232.0, 95.0], [218.0, 108.0], [208.0, 121.0], [230.0, 121.0]]
    (tmp_path / "points.json").write_text(json.dumps(five))
    for option, value in (("--box", "190,60,260,150"), ("--landmarks", tmp_path / "points.json")):
        output = tmp_path / f"out{option}.mp4"
        assert animate("-s", pair, "-d", clip, "-o", output, option, value).code == 0
        moved = np.abs(frames_of(output)[2].image.astype(int) - two_people()).mean(axis=2)
        assert moved[:, 170:].mean() > 2 * moved[:, :130].mean()


class TestExisting:
    def test_is_refused(self, animate: Run, picture: Path, clip: Path, tmp_path: Path) -> None:
        output = tmp_path / "out.mp4"
        output.write_bytes(b"precious")
        said = animate("-s", picture, "-d", clip, "-o", output)
        assert said.code == 1
        assert "--existing overwrite" in said.err
        assert output.read_bytes() == b"precious"

    def test_is_skipped(self, animate: Run, picture: Path, clip: Path, tmp_path: Path) -> None:
        output = tmp_path / "out.mp4"
        output.write_bytes(b"precious")
        said = animate("-s", picture, "-d", clip, "-o", output, "--existing", "skip", "--json")
        assert said.facts["state"] == "skipped"
        assert output.read_bytes() == b"precious"

    def test_is_replaced(self, animate: Run, picture: Path, clip: Path, tmp_path: Path) -> None:
        output = tmp_path / "out.mp4"
        output.write_bytes(b"old")
        assert animate("-s", picture, "-d", clip, "-o", output, "--existing", "overwrite").code == 0
        assert len(frames_of(output)) == 4

    def test_the_sheet_counts_too(self, animate: Run, picture: Path, clip: Path, tmp_path: Path) -> None:
        sheet = tmp_path / "sheet.png"
        sheet.write_bytes(b"precious")
        said = animate("-s", picture, "-d", clip, "-o", tmp_path / "o.mp4", "--contact-sheet", sheet)
        assert said.code == 1
        assert names(tmp_path) == ["sheet.png"]

    @pytest.mark.parametrize("there", ["out.mp4", "sheet.png"])
    def test_what_is_made_together_is_skipped_together(
        self, animate: Run, picture: Path, clip: Path, tmp_path: Path, there: str
    ) -> None:
        words = ["-s", picture, "-d", clip, "-o", tmp_path / "out.mp4", "--existing", "skip"]
        words += ["--contact-sheet", tmp_path / "sheet.png"]
        (tmp_path / there).write_bytes(b"precious")
        said = animate(*words)
        assert said.code == 1
        assert f"{tmp_path / there} exists and" in said.err
        (tmp_path / "out.mp4").touch()
        (tmp_path / "sheet.png").touch()
        assert animate(*words, "--json").facts["state"] == "skipped"

    def test_no_folder_is_overwritten(self, animate: Run, picture: Path, clip: Path, tmp_path: Path) -> None:
        folder = tmp_path / "frames"
        folder.mkdir()
        words = ["-s", picture, "-d", clip, "-o", folder]
        assert animate(*words).code == 0
        before = names(folder)
        said = animate(*words, "--existing", "overwrite")
        assert said.code == 1
        assert "empty it yourself" in said.err
        assert names(folder) == before


class TestContactSheets:
    @pytest.mark.parametrize("sheet", ["in.png", "in.mp4", "out.mp4"])
    def test_they_lie_over_nothing(
        self,
        animate: Run,
        picture: Path,
        clip: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        sheet: str,
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("in.png").write_bytes(picture.read_bytes())
        Path("in.mp4").write_bytes(clip.read_bytes())
        words = ["-s", "in.png", "-d", "in.mp4", "-o", "out.mp4", "--contact-sheet", sheet]
        said = animate(*words, "--existing", "overwrite")
        assert said.code == 1
        assert "written" in said.err
        assert Path("in.png").read_bytes() == picture.read_bytes()
        assert Path("in.mp4").read_bytes() == clip.read_bytes()
        assert names(tmp_path) == ["in.mp4", "in.png"]

    @pytest.mark.parametrize(
        ("sheet", "message"), [("sheet.mp4", "for a picture"), ("missing/sheet.png", "make it first")]
    )
    def test_those_that_cannot_be_written_are_told_before_the_work(
        self, animate: Run, picture: Path, clip: Path, tmp_path: Path, sheet: str, message: str
    ) -> None:
        output = tmp_path / "out.mp4"
        said = animate("-s", picture, "-d", clip, "-o", output, "--contact-sheet", tmp_path / sheet)
        assert said.code == 1
        assert message in said.err
        assert names(tmp_path) == []


class TestFolders:
    def test_single_failures_are_survived_and_told(self, animate: Run, clip: Path, tmp_path: Path) -> None:
        sources = tmp_path / "sources"
        sources.mkdir()
        write_picture(sources / "a.png", portrait())
        write_picture(sources / "b.png", wall())
        (sources / "c.jpg").write_bytes(b"no picture at all")
        write_video(sources / "d.mp4", swaying(3))
        (sources / "notes.txt").write_text("not for us")
        said = animate("-s", sources, "-d", clip, "-o", tmp_path / "out")
        assert said.code == 3
        assert names(tmp_path / "out") == ["a.mp4", "d.mp4", "summary.json"]
        assert "[2/4] b: " in said.err
        assert "2 of 4 done" in said.out
        summary = json.loads((tmp_path / "out" / "summary.json").read_text())
        assert [one["state"] for one in summary] == ["done", "failed", "failed", "done"]
        assert summary[1]["error"] == "NoFaceError"
        assert summary[0]["num_frames"] == 4

    def test_every_source_with_every_driver(
        self, animate: Run, picture: Path, clip: Path, tmp_path: Path
    ) -> None:
        drivers = tmp_path / "drivers"
        drivers.mkdir()
        write_video(drivers / "one.mp4", swaying(2))
        write_picture(drivers / "two.png", swaying(2)[1])
        said = animate("-s", picture, "-d", drivers, "-o", tmp_path / "out", "--json")
        assert said.code == 0
        assert said.facts["failed"] == 0
        assert names(tmp_path / "out") == ["portrait--one.mp4", "portrait--two.png", "summary.json"]

    def test_what_is_there_can_be_skipped(
        self, animate: Run, picture: Path, clip: Path, tmp_path: Path
    ) -> None:
        folder = tmp_path / "sources"
        folder.mkdir()
        (folder / "a.png").write_bytes(picture.read_bytes())
        assert animate("-s", folder, "-d", clip, "-o", tmp_path / "out").code == 0
        made = (tmp_path / "out" / "summary.json").read_text()
        again = animate("-s", folder, "-d", clip, "-o", tmp_path / "out")
        assert again.code == 3
        assert "exists already" in again.err
        assert (tmp_path / "out" / "summary.json").read_text() == made
        skipped = animate("-s", folder, "-d", clip, "-o", tmp_path / "out", "--existing", "skip")
        assert skipped.code == 0

    def test_names_that_differ_in_their_extension_stay_apart(
        self, animate: Run, clip: Path, tmp_path: Path
    ) -> None:
        folder = tmp_path / "sources"
        folder.mkdir()
        for name in ("a.png", "a.jpg"):
            write_picture(folder / name, portrait())
        assert animate("-s", folder, "-d", clip, "-o", tmp_path / "out").code == 0
        assert names(tmp_path / "out") == ["a_jpg.mp4", "a_png.mp4", "summary.json"]

    def test_pictures_that_may_be_one_video_are_pointed_out(
        self, animate: Run, picture: Path, clip: Path, tmp_path: Path
    ) -> None:
        frames = tmp_path / "frames"
        assert animate("-s", picture, "-d", clip, "-o", frames).code == 0
        said = animate("-s", picture, "-d", frames, "-o", tmp_path / "out.mp4")
        assert said.code == 1
        assert str(frames / "%06d.png") in said.err
        assert animate("-s", picture, "-d", frames / "%06d.png", "-o", tmp_path / "out.mp4").code == 0
        assert len(frames_of(tmp_path / "out.mp4")) == 4
        for path in sorted(frames.iterdir())[2:]:
            path.unlink()
        one_by_one = animate("-s", picture, "-d", frames, "-o", tmp_path / "folder")
        assert f"as one video they are {frames / '%06d.png'}" in one_by_one.err
        assert len(names(tmp_path / "folder")) == 3

    def test_a_driver_that_is_missing_is_told_once(self, animate: Run, picture: Path, tmp_path: Path) -> None:
        said = animate("-s", picture.parent, "-d", tmp_path / "none.mp4", "-o", tmp_path / "out", "--json")
        assert said.code == 1
        assert said.facts["error"] == "MediaError"
        assert names(tmp_path) == []

    def test_an_empty_folder_is_told(self, animate: Run, clip: Path, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        said = animate("-s", tmp_path / "empty", "-d", clip, "-o", tmp_path / "out")
        assert said.code == 1
        assert "there are none" in said.err


@pytest.mark.parametrize(
    ("name", "crf", "message"),
    [
        ("out.mp4", "52", "H.264: expected 0 to 51, got 52"),
        ("out.mov", "-1", "H.264: expected 0 to 51, got -1"),
        ("out.webm", "64", "VP9: expected 0 to 63, got 64"),
        ("out.gif", "20", "the output is none"),
        ("pictures", "20", "the output is none"),
    ],
)
def test_the_quality_of_video_is_that_of_the_outputs_codec(
    animate: Run, picture: Path, clip: Path, tmp_path: Path, name: str, crf: str, message: str
) -> None:
    said = animate("-s", picture, "-d", clip, "-o", tmp_path / name, "--crf", crf)
    assert said.code == 1
    assert message in said.err
    assert list(tmp_path.iterdir()) == []


def test_webm_takes_qualities_that_h264_has_not(
    animate: Run, picture: Path, clip: Path, tmp_path: Path
) -> None:
    assert animate("-s", picture, "-d", clip, "-o", tmp_path / "out.webm", "--crf", "60").code == 0


def test_the_help_tells_the_usual_qualities(run: Run) -> None:
    said = re.sub(r"[^\w().]+", " ", run("animate", "--help").out)
    assert f"(usually {H264Settings().crf})" in said
    assert f"(usually {Vp9Settings().crf})" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "Who leads?"),
        (("-d", "CLIP", "--role", "left=CLIP"), "Who leads?"),
        (("--role", "left=CLIP", "--box", "1,2,30,40"), "leave out"),
        (("--role", "left=CLIP", "--face", "right"), "leave out"),
        (("--role", "left=CLIP", "--landmarks", "points.json"), "leave out"),
        (("--role", "left=CLIP", "--role", "largest=CLIP"), "has its driver already"),
        (("--role", "CLIP"), "FACE=DRIVING"),
        (("--role", "=CLIP"), "FACE=DRIVING"),
        (("-d", "CLIP", "--face", "tallest"), "tallest"),
        (("-d", "CLIP", "--face", "7"), "7"),
        (("-d", "CLIP", "--box", "1,2,3"), "1,2,3"),
        (("-d", "CLIP", "--box", "largest"), "--box"),
        (("-d", "CLIP", "--box", "1,2,3,4", "--face", "left"), "one of them"),
        (("-d", "CLIP", "--landmarks", "missing.json"), "missing.json"),
        (("-d", "CLIP", "--fps", "0"), "0"),
        (("-d", "CLIP", "--fps", "1e9"), "1e9"),
        (("-d", "CLIP", "--crf", "99"), "99"),
        (("-d", "CLIP", "--anchor", "99"), "99"),
        (("-d", "CLIP", "--fade-frames", "0"), "fade_frames"),
        (("-d", "CLIP", "--driving-multiplier", "-1"), "multiplier"),
        (("-d", "CLIP", "--engine", "openvino", "--device", "cuda"), "cuda"),
        (("-d", "CLIP", "--model", "maxi"), "maxi"),
        (("-d", "CLIP", "--landmark-set", "released", "--landmark-network", "no.onnx"), "no.onnx"),
        (("-d", "CLIP", "--lips", "normalized", "--eyes", "retargeted"), "retargeted"),
    ],
)
def test_settings_that_cannot_be_honoured_are_told(
    animate: Run, picture: Path, clip: Path, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    filled = [word.replace("CLIP", str(clip)) for word in words]
    said = animate("-s", picture, "-o", tmp_path / "out.mp4", *filled)
    assert said.code == 1, said
    assert message in said.err
    assert "Traceback" not in said.err
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "words", [("-s", "", "-d", "CLIP", "-o", "out.mp4"), ("-s", "CLIP", "-d", " ", "-o", "out.mp4")]
)
def test_an_empty_path_is_not_the_folder_one_is_in(
    animate: Run, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_picture(tmp_path / "a.png", portrait())
    said = animate(*[word.replace("CLIP", str(clip)) for word in words])
    assert said.code == 2
    assert "the path is empty" in said.err
    assert names(tmp_path) == ["a.png"]


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("25", Fraction(25)),
        ("29.97", Fraction(30000, 1001)),
        ("30000/1001", Fraction(30000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        ("12.5", Fraction(25, 2)),
    ],
)
def test_frame_rates_as_people_write_them(text: str, rate: Fraction) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "-1", "1/0", "nan", "1e9", "25fps", "٢٥"])
def test_no_frame_rates(text: str) -> None:
    with pytest.raises(SettingError):
        parse_rate(text)


def test_running_back_and_forth_is_written_with_a_hyphen_or_without() -> None:
    for word in ("ping-pong", "ping_pong"):
        assert MatchOptions(lengths=word).settings("auto", SinkSettings()).lengths == "ping_pong"
