"""What strangers bring, through the command line: a clear error or a sound result, nothing half-written."""

import os
import pickle
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from liveportrait.arrays import FrameRGB
from tests.cli.conftest import PLAIN, Run
from tests.media.clips import Clip, Sound, write_sound
from tests.portraits import frames_of, portrait, swaying, two_people, wall, write_picture, write_video

REPOSITORY = Path(__file__).parents[2]

Make = Callable[[Path], Path]


def centred(image: FrameRGB, size_wh: tuple[int, int], at_xy: tuple[int, int]) -> FrameRGB:
    """The image on a large wall, cut off where it leaves it."""
    width, height = size_wh
    canvas = np.full((height, width, 3), 110, np.uint8)
    left, top = at_xy
    rows, columns = slice(max(0, top), top + len(image)), slice(max(0, left), left + image.shape[1])
    part = canvas[rows, columns]
    part[:] = image[max(0, -top) :, max(0, -left) :][: len(part), : part.shape[1]]
    return canvas


def side_face() -> FrameRGB:
    squeezed = cv2.resize(portrait(), (70, 160), interpolation=cv2.INTER_AREA)
    return centred(squeezed, (160, 160), (45, 0))


def saved(folder: Path, name: str, picture: Image.Image, *, exif: Image.Exif | None = None) -> Path:
    picture.save(folder / name, exif=exif or Image.Exif())
    return folder / name


def exif_turned(folder: Path) -> Path:
    """Stored on its side, with the note how to turn it."""
    turned = Image.fromarray(np.ascontiguousarray(np.rot90(portrait())))
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(folder, "turned.jpg", turned, exif=exif)


def sixteen_bit(folder: Path) -> Path:
    path = folder / "deep.png"
    assert cv2.imwrite(str(path), portrait()[..., ::-1].astype(np.uint16) * 257)
    return path


SOUND_SOURCES: dict[str, Make] = {
    "grey": lambda folder: saved(folder, "grey.png", Image.fromarray(portrait()).convert("L")),
    "palette": lambda folder: saved(folder, "p.png", Image.fromarray(portrait()).convert("P")),
    "rgba": lambda folder: saved(folder, "rgba.png", Image.fromarray(portrait()).convert("RGBA")),
    "cmyk": lambda folder: saved(folder, "cmyk.jpg", Image.fromarray(portrait()).convert("CMYK")),
    "16 bit": sixteen_bit,
    "turned by EXIF": exif_turned,
    "wrong extension": lambda folder: write_picture(folder / "a.png", portrait()).rename(folder / "a.mp4"),
    "border": lambda folder: write_picture(folder / "b.png", centred(portrait(), (200, 200), (-40, -10))),
    "side face": lambda folder: write_picture(folder / "side.png", side_face()),
    "tiny face": lambda folder: write_picture(
        folder / "t.png", centred(portrait(64), (640, 480), (300, 200))
    ),
    "many faces": lambda folder: write_picture(folder / "m.png", np.tile(two_people(), (2, 2, 1))),
    "odd size": lambda folder: write_picture(folder / "odd.png", portrait(161)[:157]),
    "face in the middle only": lambda folder: write_video(folder / "m.mp4", swaying(4, faceless={0, 3})),
    "odd name": lambda folder: write_picture(folder / 'it\'s a "täst" $(x) é%.png', portrait()),
}

REFUSED_SOURCES: dict[str, Make] = {
    "no face": lambda folder: write_picture(folder / "wall.png", wall()),
    "one pixel": lambda folder: write_picture(folder / "1.png", np.zeros((1, 1, 3), np.uint8)),
    "truncated JPEG": lambda folder: cut_in_half(write_picture(folder / "cut.jpg", portrait(400))),
    "truncated MP4": lambda folder: cut_in_half(Clip().write(folder / "cut.mp4")),
    "video without a frame": lambda folder: Clip(ticks=()).write(folder / "none.mp4"),
    "empty file": lambda folder: with_bytes(folder / "empty.png", b""),
    "text": lambda folder: with_bytes(folder / "text.mp4", b"no video at all" * 100),
    "missing": lambda folder: folder / "missing.png",
    "sound only": lambda folder: write_sound(folder / "s.mp4", Sound(), muxer="mp4"),
    "device": lambda folder: Path("/dev/null"),
}


def cut_in_half(path: Path) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path


def with_bytes(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", SOUND_SOURCES)
def test_odd_sources_are_animated(animate: Run, clip: Path, tmp_path: Path, kind: str) -> None:
    (tmp_path / "in").mkdir()
    source = SOUND_SOURCES[kind](tmp_path / "in")
    said = animate("-s", source, "-d", clip, "-o", tmp_path / "out.mp4")
    assert said.code == 0, said
    frames = frames_of(tmp_path / "out.mp4")
    assert len(frames) == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out.mp4"]


@pytest.mark.parametrize("kind", REFUSED_SOURCES)
@pytest.mark.parametrize("place", ["source", "driving"])
def test_faulty_files_are_refused_in_one_sentence(
    animate: Run, picture: Path, clip: Path, tmp_path: Path, kind: str, place: str
) -> None:
    (tmp_path / "in").mkdir()
    faulty = REFUSED_SOURCES[kind](tmp_path / "in")
    source, driving = (faulty, clip) if place == "source" else (picture, faulty)
    said = animate("-s", source, "-d", driving, "-o", tmp_path / "out.mp4")
    assert said.code == 1
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("name", ["cut.mkv", "cut.mp4"])
def test_a_video_cut_short_gives_what_can_be_decoded(
    animate: Run, picture: Path, tmp_path: Path, name: str
) -> None:
    """Where the index stands in front, half of the file is half of the film."""
    cut = cut_in_half(write_video(tmp_path / name, swaying(40)))
    said = animate("-s", picture, "-d", cut, "-o", tmp_path / "out.mp4")
    assert said.code == 0
    assert 5 < len(frames_of(tmp_path / "out.mp4")) < 40


def test_an_8k_picture_keeps_its_size(animate: Run, tmp_path: Path) -> None:
    large = centred(portrait(2000), (7680, 4320), (2800, 900))
    source = write_picture(tmp_path / "8k.jpg", large)
    driving = write_picture(tmp_path / "driving.png", swaying(3)[2])
    said = animate("-s", source, "-d", driving, "-o", tmp_path / "out.jpg")
    assert said.code == 0, said
    assert frames_of(tmp_path / "out.jpg")[0].image.shape == (4320, 7680, 3)


@pytest.mark.parametrize("name", ["a b.mp4", 'it\'s "quoted".mp4', "ünïcödé 名前.mp4", "$(touch pwned).mp4"])
def test_names_are_names(animate: Run, picture: Path, clip: Path, tmp_path: Path, name: str) -> None:
    driving = tmp_path / f"in {name}"
    driving.write_bytes(clip.read_bytes())
    assert animate("-s", picture, "-d", driving, "-o", tmp_path / name).code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([driving.name, name])


class TestOutputs:
    @pytest.mark.parametrize("name", ["out.txt", "no/folder.mp4", "", "folder/"])
    def test_that_cannot_be(self, animate: Run, picture: Path, clip: Path, tmp_path: Path, name: str) -> None:
        folder = tmp_path / "folder"
        folder.mkdir()
        (folder / "precious").touch()
        said = animate("-s", picture, "-d", clip, "-o", f"{tmp_path}/{name}", "--existing", "overwrite")
        assert said.code == 1
        assert said.err.startswith("error: ")
        assert [path.name for path in tmp_path.iterdir()] == ["folder"]
        assert [path.name for path in folder.iterdir()] == ["precious"]

    def test_a_video_does_not_fit_into_a_picture(
        self, animate: Run, picture: Path, clip: Path, tmp_path: Path
    ) -> None:
        said = animate("-s", picture, "-d", clip, "-o", tmp_path / "out.png")
        assert said.code == 1
        assert "one frame" in said.err
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_no_permission(self, animate: Run, picture: Path, clip: Path, tmp_path: Path) -> None:
        locked = tmp_path / "locked"
        locked.mkdir(mode=0o500)
        said = animate("-s", picture, "-d", clip, "-o", locked / "out.mp4")
        assert said.code == 1
        assert "permission" in said.err

    def test_a_full_disk(self, tiny_model: Path, picture: Path, clip: Path, tmp_path: Path) -> None:
        """Played by a limit on the size of files, which fails writes in the same way."""
        words = ["animate", *PLAIN, "--model", tiny_model, "-s", picture, "-d", clip]
        words += ["-o", tmp_path / "out.mp4", "--crf", "0"]
        done = subprocess.run(
            [sys.executable, "-m", "liveportrait", *map(str, words)],
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000)),
            check=False,
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert done.returncode == 1, done.stderr
        assert "no space left" in done.stderr
        assert list(tmp_path.iterdir()) == []


class Bomb:
    """Leaves a trace if it is ever unpickled by a machine that runs what it finds."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.trace),)


@pytest.mark.parametrize("place", ["template", "checkpoint", "template inspect", "template convert"])
def test_a_malicious_pickle_does_not_run(
    run: Run, animate: Run, picture: Path, clip: Path, tmp_path: Path, place: str
) -> None:
    trace = tmp_path / "trace"
    folder = tmp_path / "model" / "base_models"
    folder.mkdir(parents=True)
    bomb = folder / ("motion_extractor.pth" if place == "checkpoint" else "motion.pkl")
    bomb.write_bytes(pickle.dumps({"motion": Bomb(trace), "n_frames": 1}))
    output = tmp_path / "out.mp4"
    match place:
        case "template":
            said = animate("-s", picture, "-d", bomb, "-o", output)
        case "checkpoint":
            others = ("appearance_feature_extractor", "warping_module", "spade_generator")
            for name in others:
                (folder / f"{name}.pth").write_bytes(bomb.read_bytes())
            (tmp_path / "model" / "retargeting_models").mkdir()
            retargeting = tmp_path / "model" / "retargeting_models" / "stitching_retargeting_module.pth"
            retargeting.write_bytes(bomb.read_bytes())
            said = run(
                "animate", *PLAIN, "--model", tmp_path / "model", "-s", picture, "-d", clip, "-o", output
            )
        case "template inspect":
            said = run("template", "inspect", bomb)
        case _:
            said = run("template", "convert", bomb, "-o", tmp_path / "out.safetensors")
    assert said.code == 1
    assert "\nerror: " in "\n" + said.err
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    pickle.loads(bomb.read_bytes())  # the bomb is live: plain unpickling does run it
    assert trace.exists()


def test_a_template_of_another_model_is_refused_where_it_cannot_be_read(
    run: Run, animate: Run, picture: Path, clip: Path, tmp_path: Path
) -> None:
    from tests.tiny_model import write_tiny_model

    other = write_tiny_model(tmp_path / "other", model_id="somebody-else")
    template = tmp_path / "motion.safetensors"
    assert run("template", "make", *PLAIN, "--model", other, "-d", clip, "-o", template).code == 0
    said = animate("-s", picture, "-d", template, "-o", tmp_path / "out.mp4")
    assert said.code == 1
    assert "somebody-else" in said.err
    posed = animate("-s", picture, "-d", template, "-o", tmp_path / "out.mp4", "--region", "pose")
    assert posed.code == 0
