"""From one file to its shards: follow the face, judge the stretch, cut it out, write it."""

import itertools
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import UInt8
from numpy import ndarray

from liveportrait.errors import MediaError
from liveportrait.face.protocol import FaceAnalyzer
from liveportrait.face.square import Square
from liveportrait.media.kinds import kind_of
from liveportrait.media.opening import open_source
from liveportrait.media.protocol import SeekableSource
from liveportrait.training.clip_filters import Drop, FilterConfig, Unfit, unfit_to_see, unfit_to_track
from liveportrait.training.face_segments import FaceSegment, SegmentConfig, follow_face
from liveportrait.training.media_listing import ClipFile
from liveportrait.training.shard_writing import write_shard
from liveportrait.training.stable_crop import StableCropConfig, crop_coordinates, stable_square

OriginPolicy: TypeAlias = Literal["mark", "refuse"]
"""What happens to a file whose origin or licence nobody stated: marked unknown, or left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipConfig:
    """How one file becomes shards."""

    segments: SegmentConfig = SegmentConfig()
    crop: StableCropConfig = StableCropConfig()
    filters: FilterConfig = FilterConfig()
    unknown_origin: OriginPolicy = "mark"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenShard:
    """One stretch of a file that is fit for use."""

    path: str
    """From the folder of the prepared data."""
    first_index: int
    num_frames: int
    face_px: float
    """In the file, before cropping."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipReport:
    """What became of one file."""

    shards: tuple[WrittenShard, ...]
    drops: tuple[Drop, ...]


def prepare_clip(clip: ClipFile, analyzer: FaceAnalyzer, out: Path, config: ClipConfig) -> ClipReport:
    """Shards under `out/<split>/`; what is left out is told, never raised."""
    if config.unknown_origin == "refuse" and not clip.origin.is_known:
        return _nothing(clip, Unfit(reason="unknown_origin", detail="no origin or no licence is stated"))
    shards, drops = [], []
    try:
        is_still = kind_of(clip.path) == "still"
        with open_source(clip.path) as source:
            for segment in follow_face(source, analyzer, config.segments):
                unfit = unfit_to_track(segment, config.filters, is_still=is_still)
                outcome = unfit or _prepare_segment(clip, source, segment, out, config)
                if isinstance(outcome, Unfit):
                    drops.append(_drop(clip, outcome, segment.first_index))
                else:
                    shards.append(outcome)
    except MediaError as fault:
        drops.append(_drop(clip, Unfit(reason="unreadable", detail=str(fault)), None))
    if not shards and not drops:
        return _nothing(clip, Unfit(reason="no_face", detail="no face in any frame looked at"))
    return ClipReport(shards=tuple(shards), drops=tuple(drops))


def _prepare_segment(
    clip: ClipFile, source: SeekableSource, segment: FaceSegment, out: Path, config: ClipConfig
) -> WrittenShard | Unfit:
    square = stable_square(segment, config.crop)
    frames = _cut_out(source, segment, square, size_px=config.crop.size_px)
    unfit = unfit_to_see(frames, face_share=segment.face_px / square.side_px, config=config.filters)
    if unfit is not None:
        return unfit
    path = f"{clip.origin.split}/{clip.name}-{segment.first_index:06d}.safetensors"
    write_shard(
        out / path,
        frames=frames,
        landmarks=crop_coordinates(segment, square, size_px=config.crop.size_px),
        presence=segment.presence,
        metadata=clip.origin.as_metadata() | _where(segment),
    )
    return WrittenShard(
        path=path, first_index=segment.first_index, num_frames=segment.num_frames, face_px=segment.face_px
    )


def _cut_out(
    source: SeekableSource, segment: FaceSegment, square: Square, *, size_px: int
) -> UInt8[ndarray, "t s s 3"]:
    """The frames are read again: holding them while the face is followed would take gigabytes."""
    length = segment.num_frames * segment.frame_stride
    again = itertools.islice(source.frames_from(segment.first_index), None, length, segment.frame_stride)
    cuts = [square.cut(frame.image, size_px=size_px) for frame in again]
    if len(cuts) < segment.num_frames:
        raise MediaError(f"frames {segment.first_index} and on read differently the second time")
    return np.stack(cuts)


def _where(segment: FaceSegment) -> dict[str, str]:
    return {"first_index": str(segment.first_index), "frame_stride": str(segment.frame_stride)}


def _nothing(clip: ClipFile, unfit: Unfit) -> ClipReport:
    return ClipReport(shards=(), drops=(_drop(clip, unfit, None),))


def _drop(clip: ClipFile, unfit: Unfit, first_index: int | None) -> Drop:
    return Drop(file=clip.origin.file, first_index=first_index, **asdict(unfit))
