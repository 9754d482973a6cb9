"""How results are written; each default lives here and nowhere else."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from liveportrait.choices import check_choices
from liveportrait.errors import SettingError

H264Preset: TypeAlias = Literal[
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"
]

Mark: TypeAlias = Literal["generated", "none"]

H264_CRF, VP9_CRF = (0, 51), (0, 63)
"""The bounds of either quality."""


def _check(what: str, value: int, bounds: tuple[int, int]) -> None:
    low, high = bounds
    if not low <= value <= high:
        raise SettingError(f"{what}: expected {low} to {high}, got {value}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class H264Settings:
    """For mp4, mov and mkv."""

    crf: int = 18
    """Quality, 0..51; smaller is better and larger as a file, 18 is hard to tell from the original."""
    preset: H264Preset = "superfast"
    """Time against file size: `superfast` takes some 3 core-ms for a 512 px frame, `veryfast` half as
    much again for half the size, `medium` four times as long."""

    def __post_init__(self) -> None:
        check_choices(self)
        _check("the crf of H.264", self.crf, H264_CRF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vp9Settings:
    """For webm."""

    crf: int = 24
    """Quality, 0..63; smaller is better."""
    speed: int = 6
    """0 is slow and small, 8 is fast: 4 core-ms for a 512 px frame, 5 at the default."""

    def __post_init__(self) -> None:
        _check("the crf of VP9", self.crf, VP9_CRF)
        _check("the speed of VP9", self.speed, (0, 8))


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkSettings:
    """For all kinds of results."""

    h264: H264Settings = H264Settings()
    vp9: Vp9Settings = Vp9Settings()
    quality: int = 92
    """Of JPEG and WebP, stills and moving, 1..100."""
    background_rgb: tuple[int, int, int] = (255, 255, 255)
    """What stands behind transparent pixels where the file has no alpha."""
    mark: Mark = "generated"
    """Whether the file says, readable by programs, that it was generated; in the EU the law asks for it."""

    def __post_init__(self) -> None:
        check_choices(self)
        _check("the quality of pictures", self.quality, (1, 100))
        for value in self.background_rgb:
            _check("a component of the background", value, (0, 255))
