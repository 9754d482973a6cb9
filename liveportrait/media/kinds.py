"""What a path holds, by its content and never by its extension."""

from pathlib import Path
from typing import Literal, TypeAlias

from liveportrait.media.av_input import opened_container, picture_stream
from liveportrait.media.images import NotAnImageError, num_frames, opened_image
from liveportrait.media.sequence_names import is_pattern, sequence_paths

MediaKind: TypeAlias = Literal["still", "animation", "video", "sequence"]
"""A picture; a moving picture (GIF, WebP, PNG, AVIF); a video; numbered pictures."""


def kind_of(path: Path) -> MediaKind:
    """The kind of a file, folder or pattern; raises where it is none that can be read."""
    if _is_many(path):
        sequence_paths(path)
        return "sequence"
    try:
        with opened_image(path) as picture:
            return "animation" if num_frames(picture, path) > 1 else "still"
    except NotAnImageError:
        pass
    with opened_container(path) as container:
        picture_stream(container, path)
        return "video"


def _is_many(path: Path) -> bool:
    try:
        return path.is_dir() or is_pattern(path)
    except OSError:  # an impossible name; reading it will say so
        return False
