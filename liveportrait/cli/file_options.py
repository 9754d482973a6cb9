"""Options that say how files are matched and written."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import tyro

from liveportrait.animation.settings import FileSettings
from liveportrait.errors import MediaError, SettingError
from liveportrait.media.containers import CONTAINERS, VideoCodec
from liveportrait.media.lengths import LengthPolicy
from liveportrait.media.settings import (
    H264_CRF,
    VP9_CRF,
    H264Preset,
    H264Settings,
    Mark,
    SinkSettings,
    Vp9Settings,
)

Existing: TypeAlias = Literal["refuse", "overwrite", "skip"]

_USUAL = FileSettings()
_CRF = (
    f"Quality of video, smaller is better: {H264_CRF[0]}..{H264_CRF[1]} for H.264 (usually "
    f"{H264Settings().crf}), {VP9_CRF[0]}..{VP9_CRF[1]} for WebM (usually {Vp9Settings().crf})."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """How the result is written."""

    crf: Annotated[int | None, tyro.conf.arg(metavar="INT", help=_CRF)] = None
    preset: H264Preset = H264Settings().preset
    """Time against file size, for H.264."""
    vp9_speed: int = Vp9Settings().speed
    """Time against file size, for WebM: 0 is slow and small, 8 is fast."""
    quality: int = SinkSettings().quality
    """Of JPEG and WebP, 1..100."""
    background_rgb: tuple[int, int, int] = SinkSettings().background_rgb
    """What stands behind transparent pixels where the file has no alpha."""
    mark: Mark = SinkSettings().mark
    """Whether the file says, readable by programs, that it was generated; in the EU the law asks for it."""
    existing: Existing = "refuse"
    """What happens where the output exists."""

    def sink_settings(self, codec: VideoCodec | None) -> SinkSettings:
        """For an output of that codec; None is for one that is no video."""
        h264, vp9 = H264Settings(preset=self.preset), Vp9Settings(speed=self.vp9_speed)
        if self.crf is not None:
            match codec:
                case "libx264":
                    h264 = replace(h264, crf=self.crf)
                case "libvpx-vp9":
                    vp9 = replace(vp9, crf=self.crf)
                case None:
                    raise SettingError(
                        "--crf is the quality of video, and the output is none: leave it out, or write "
                        f"{', '.join(CONTAINERS)}."
                    )
        return SinkSettings(
            h264=h264, vp9=vp9, quality=self.quality, background_rgb=self.background_rgb, mark=self.mark
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchOptions:
    """How source and driver are matched."""

    anchor: Literal["first", "auto"] | int = _USUAL.anchor
    """Which driving frame counts as zero: the calmest one, the first, or a frame number."""
    driving_square: Literal["mean", "first"] = _USUAL.driving_square
    """The square that the driver's motion is read from: the mean over its frames, or that of the first."""
    smoothing_variance: float = _USUAL.smoothing_variance
    """How much offline smoothing calms: 3e-7 hardly, 1e-3 strongly."""
    lengths: LengthPolicy | Literal["ping-pong"] = _USUAL.lengths
    """Where source video and driver differ in length: end with the shorter one, or go on to the end of the
    longer one while the shorter one starts over, runs back and forth, or stands still."""
    fps: Annotated[str | None, tyro.conf.arg(metavar="RATE")] = None
    """Resample to this rate: 25, 29.97 or 30000/1001."""
    audio: Literal["auto", "driving", "source", "none"] = _USUAL.audio
    """Whose sound is carried over; auto takes the driver's, else the source's."""
    paste_back: bool = True
    """Paste the animated face into its frame; without, the crop alone is written."""
    side_by_side: bool = False
    """Show driver, source and result beside each other."""

    def settings(self, smoothing: Literal["auto", "offline", "none"], sink: SinkSettings) -> FileSettings:
        return FileSettings(
            anchor=self.anchor,
            driving_square=self.driving_square,
            smoothing=smoothing,
            smoothing_variance=self.smoothing_variance,
            lengths="ping_pong" if self.lengths == "ping-pong" else self.lengths,
            fps=None if self.fps is None else parse_rate(self.fps),
            result="frame" if self.paste_back else "crop",
            panels="side_by_side" if self.side_by_side else "result",
            audio=self.audio,
            sink=sink,
        )


def may_write(output: Path, *, existing: Existing) -> bool:
    """Whether to go on; False is to skip."""
    if not output.exists() or _is_empty(output):
        return True
    if existing == "refuse" or (existing == "overwrite" and output.is_dir()):
        instead = "empty it yourself: no folder is overwritten" if output.is_dir() else "--existing overwrite"
        raise MediaError(f"{output} exists already; choose another output, or {instead}.")
    return existing == "overwrite"


def may_write_all(outputs: Sequence[Path], *, existing: Existing) -> bool:
    """The same for outputs that are made together: they are skipped where all of them are there."""
    allowed = [may_write(output, existing=existing) for output in outputs]
    if any(allowed) and not all(allowed):
        there = ", ".join(str(path) for path, is_free in zip(outputs, allowed, strict=True) if not is_free)
        missing = ", ".join(str(path) for path, is_free in zip(outputs, allowed, strict=True) if is_free)
        raise MediaError(
            f"{there} exists and {missing} does not, though they are made together; "
            "choose other outputs, or --existing overwrite."
        )
    return all(allowed)


def _is_empty(output: Path) -> bool:
    """Whether it is a folder with nothing in it."""
    try:
        return output.is_dir() and not any(output.iterdir())
    except OSError:  # one that may not be read; to write in it will say so
        return False


def parse_rate(text: str) -> Fraction:
    """Frames a second as they are written; 23.976, 29.97 and 59.94 mean the rates of NTSC."""
    ntsc = {"23.976": 24, "23.98": 24, "29.97": 30, "59.94": 60}
    if text in ntsc:
        return Fraction(ntsc[text] * 1000, 1001)
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6}|/0*[1-9][0-9]{0,6})?", text):
        raise SettingError(f"Expected a frame rate such as 25, 29.97 or 30000/1001; got {text!r}.")
    return Fraction(text)
