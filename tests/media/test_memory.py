"""A video of any length passes through in the memory of a few frames."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from liveportrait.media.background import BackgroundSink, read_ahead
from liveportrait.media.opening import open_sink, open_source
from liveportrait.media.protocol import Frame, VideoInfo

STATM = Path("/proc/self/statm")
SIZE_WH = (128, 96)
LIKE = VideoInfo(size_wh=SIZE_WH, fps=Fraction(30000, 1001))

pytestmark = pytest.mark.skipif(not STATM.exists(), reason="needs /proc to see the memory in use")


def _memory_mb() -> float:
    return int(STATM.read_text().split()[1]) * 4096 / 2**20


def _patches(num_frames: int) -> Iterator[Frame]:
    pattern = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)
    for index in range(num_frames):
        image = np.kron(np.roll(pattern, index % 16, axis=1), np.ones((8, 8, 1), np.uint8))
        yield Frame(image=image, index=index, pts_seconds=index / LIKE.fps)


def _growth_mb(frames: Iterable[Frame], path: Path, *, warm_up: int) -> float:
    """By how much memory grows from the end of the warm-up to the end of the file."""
    before, number = 0.0, 0
    with BackgroundSink(open_sink(path, like=LIKE)) as sink:
        for number, frame in enumerate(read_ahead(frames)):
            sink.write(frame)
            if number == warm_up:
                before = _memory_mb()
    assert number > 3 * warm_up
    return _memory_mb() - before


def test_memory_does_not_grow_with_the_length_of_a_video(tmp_path: Path) -> None:
    """As arrays the 3000 frames would be 105 MB; what grows is their index, some 100 bytes each."""
    assert _growth_mb(_patches(3000), tmp_path / "a.mp4", warm_up=300) < 15
    assert _growth_mb(open_source(tmp_path / "a.mp4"), tmp_path / "b.mp4", warm_up=300) < 15


@pytest.mark.parametrize("name", ["a.gif", "a.webp"])
def test_memory_does_not_grow_with_the_length_of_an_animation(tmp_path: Path, name: str) -> None:
    """1000 frames are 35 MB as arrays, and 10 as a file of either kind."""
    assert _growth_mb(_patches(1000), tmp_path / name, warm_up=100) < 6
    assert _growth_mb(open_source(tmp_path / name), tmp_path / "b.mp4", warm_up=100) < 6
