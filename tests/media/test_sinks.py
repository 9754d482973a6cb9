"""Whatever happens, a result is complete or absent, and what stood there before still stands."""

import contextlib
import errno
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from liveportrait.errors import CancelledError, MediaError
from liveportrait.media import pending_file
from liveportrait.media.opening import open_sink, open_source
from liveportrait.media.picture_files import save_picture
from liveportrait.media.protocol import Frame, FrameSink, VideoInfo
from tests.media.clips import Clip, Sound, numbered_frames

LIKE = VideoInfo(size_wh=(64, 48), fps=Fraction(25))
NAMES = ["a.mp4", "a.mov", "a.mkv", "a.webm", "a.gif", "a.webp", "frames"]


def noisy_frames(num_frames: int) -> Iterator[Frame]:
    """Frames that cannot be compressed."""
    rng = np.random.default_rng(0)
    for index in range(num_frames):
        image = rng.integers(0, 256, (96, 96, 3), np.uint8)
        yield Frame(image=image, index=index, pts_seconds=Fraction(index, 25))


def write(path: Path, frames: Iterator[Frame]) -> None:
    with open_sink(path, like=LIKE) as sink:
        for frame in frames:
            sink.write(frame)


def failing(error: BaseException, *, after: int) -> Iterator[Frame]:
    yield from noisy_frames(after)
    raise error


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("after", [0, 1, 5])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), CancelledError("stop")])
def test_an_exception_leaves_nothing(tmp_path: Path, name: str, after: int, error: BaseException) -> None:
    with pytest.raises(type(error)):
        write(tmp_path / name, failing(error, after=after))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.mp4", "a.gif", "a.webp", "a.png"])
def test_an_old_result_survives_a_failure_and_gives_way_to_success(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"the old one")
    with pytest.raises(ValueError, match="boom"):
        write(path, failing(ValueError("boom"), after=1))
    assert path.read_bytes() == b"the old one"
    write(path, noisy_frames(1))
    assert path.read_bytes() != b"the old one"
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_stands_at_the_target_before_the_end(tmp_path: Path, name: str) -> None:
    sink = open_sink(tmp_path / name, like=LIKE)
    for frame in noisy_frames(5):
        sink.write(frame)
        assert not (tmp_path / name).exists()
    sink.close()
    assert [entry.name for entry in tmp_path.iterdir()] == [name]
    sink.close()
    sink.abort()
    assert (tmp_path / name).exists()


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("a.webm", "frames")])
def test_who_interrupts_may_keep_what_is_done(tmp_path: Path, name: str) -> None:
    with open_sink(tmp_path / name, like=LIKE) as sink, contextlib.suppress(KeyboardInterrupt):
        for frame in failing(KeyboardInterrupt(), after=7):
            sink.write(frame)
    assert sum(1 for _ in open_source(tmp_path / name)) == 7


@pytest.mark.parametrize("name", [*NAMES, "a.png"])
def test_no_frame_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(MediaError, match=f"{name}: there was no frame to write"):
        write(tmp_path / name, iter(()))
    assert list(tmp_path.iterdir()) == []


@contextmanager
def full_disk(num_bytes: int) -> Iterator[None]:
    """No file may grow beyond this; the system answers as it does on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("name", [*NAMES, "a.png", "a.jpg"])
@pytest.mark.parametrize("num_bytes", [0, 1000, 20_000])
def test_a_full_disk_is_named_and_nothing_stays(tmp_path: Path, name: str, num_bytes: int) -> None:
    num_frames = 1 if name in ("a.png", "a.jpg") else 40
    if num_frames == 1 or name == "frames":
        num_bytes = min(num_bytes, 1000)
    with pytest.raises(MediaError, match=f"{name}: no space left to write it"), full_disk(num_bytes):
        write(tmp_path / name, noisy_frames(num_frames))
    assert list(tmp_path.iterdir()) == []


def test_the_disk_may_fill_up_at_the_very_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(MediaError, match="no space left"):
        write(tmp_path / "a.mp4", noisy_frames(2))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.EROFS, "no permission to write in"),
        (errno.EACCES, "no permission to write in"),
        (errno.EDQUOT, "no space left"),
        (errno.EIO, "it cannot be written"),
    ],
)
def test_reasons_in_words(number: int, message: str) -> None:
    error = pending_file.write_error(Path("out/a.mp4"), OSError(number, os.strerror(number)))
    assert str(error).startswith("out/a.mp4: ") and message in str(error)


def _sink(path: Path) -> FrameSink:
    return open_sink(path, like=LIKE)


def _image(path: Path) -> None:
    save_picture(np.zeros((4, 4, 3), np.uint8), path)


@pytest.mark.parametrize(("make", "suffix"), [(_sink, ".mp4"), (_sink, ".gif"), (_image, ".png")])
class TestTargetsThatCannotBe:
    def test_in_no_folder(self, tmp_path: Path, make: Callable[[Path], object], suffix: str) -> None:
        with pytest.raises(MediaError, match=r"the folder .*nowhere does not exist; make it first"):
            make(tmp_path / "nowhere" / f"a{suffix}")

    def test_a_folder(self, tmp_path: Path, make: Callable[[Path], object], suffix: str) -> None:
        (tmp_path / f"a{suffix}").mkdir()
        with pytest.raises(MediaError, match="found a folder or a device"):
            make(tmp_path / f"a{suffix}")

    def test_in_a_file(self, tmp_path: Path, make: Callable[[Path], object], suffix: str) -> None:
        (tmp_path / "file").write_bytes(b"x")
        with pytest.raises(MediaError):
            make(tmp_path / "file" / f"a{suffix}")

    @pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
    def test_impossible(self, tmp_path: Path, make: Callable[[Path], object], suffix: str, name: str) -> None:
        with pytest.raises(MediaError):
            make(tmp_path / f"{name}{suffix}")


def test_a_device_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(MediaError, match="found a folder or a device"):
        open_sink(tmp_path / "pipe.mp4", like=LIKE)


def test_a_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "a.mp4").symlink_to(tmp_path / "store" / "real.mp4")
    write(tmp_path / "a.mp4", noisy_frames(2))
    assert (tmp_path / "a.mp4").is_symlink()
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["real.mp4"]


@pytest.mark.parametrize(
    "name",
    [
        "with space.mp4",
        "qu'o\"te$(touch x).mp4",
        "http:x.mp4",
        "-o.mp4",
        "p\u00f6rtr\u00e4t \u80d6.webm",
        "x" * 240 + ".gif",
    ],
)
def test_names_are_names_and_nothing_else(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, noisy_frames(3))
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert sum(1 for _ in open_source(tmp_path / name)) == 3


def test_a_relative_path_stays_where_it_was_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    sink = open_sink(Path("a.gif"), like=LIKE)
    monkeypatch.chdir(tmp_path / "elsewhere")
    for frame in noisy_frames(2):
        sink.write(frame)
    sink.close()
    assert (tmp_path / "a.gif").exists()


def test_new_files_get_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write(tmp_path / "a.mp4", noisy_frames(1))
    assert (tmp_path / "a.mp4").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_broken_sound_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "song.mp3").write_bytes(b"no song")
    with pytest.raises(MediaError, match=r"song\.mp3"):
        open_sink(tmp_path / "a.mp4", like=LIKE, audio_from=tmp_path / "song.mp3")
    assert [path.name for path in tmp_path.iterdir()] == ["song.mp3"]


_WRITES_FOR_EVER = """
import sys
from itertools import count
from pathlib import Path
from tests.media.clips import numbered_frames
from tests.media.test_sinks import LIKE
from dataclasses import replace
from fractions import Fraction
from liveportrait.media.background import BackgroundSink
from liveportrait.media.opening import open_sink
frame = numbered_frames(1)[0]
with BackgroundSink(open_sink(Path(sys.argv[1]), like=LIKE, audio_from=Path(sys.argv[2]))) as sink:
    for number in count():
        sink.write(replace(frame, index=number, pts_seconds=Fraction(number, 25)))
        if number == 20:
            print("going", flush=True)
"""


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    sound = Clip(sound=Sound()).write(tmp_path / "sound.mp4")
    command = [sys.executable, "-c", _WRITES_FOR_EVER, str(tmp_path / "a.mp4"), str(sound)]
    root = Path(__file__).parents[2]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=root, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "going\n"
        assert len(list(tmp_path.iterdir())) == 2
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode != 0 and "KeyboardInterrupt" in errors
    assert [path.name for path in tmp_path.iterdir()] == ["sound.mp4"]


def test_writing_after_the_end_is_our_own_fault(tmp_path: Path) -> None:
    sink = open_sink(tmp_path / "a.mp4", like=LIKE)
    sink.write(numbered_frames(1)[0])
    sink.close()
    with pytest.raises(AssertionError, match="after the end"):
        sink.write(numbered_frames(1)[0])


def test_a_picture_may_hold_one_frame_of_a_video(tmp_path: Path) -> None:
    with open_sink(tmp_path / "a.png", like=replace(LIKE, num_frames=9)) as sink:
        sink.write(Frame(image=np.zeros((8, 8, 3), np.uint8), index=4, pts_seconds=Fraction(1)))
    assert (tmp_path / "a.png").exists()
