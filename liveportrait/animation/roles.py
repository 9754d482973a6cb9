"""Who leads which face, from what a user says."""

from itertools import islice
from pathlib import Path
from typing import Literal, TypeAlias

from liveportrait.animation.settings import Role, SourceFace
from liveportrait.arrays import BoxXYXY, FrameRGB
from liveportrait.errors import MediaError, NoFaceError
from liveportrait.face.protocol import Face, FaceAnalyzer
from liveportrait.media.opening import open_source
from liveportrait.media.paths import AnyPath

SourceFaces: TypeAlias = SourceFace | Literal["all"]

FRAMES_SEARCHED = 100
"""How far into a source video faces are looked for, to tell how many there are."""


def roles_of(
    analyzer: FaceAnalyzer, source: AnyPath, driving: AnyPath, *, faces: SourceFaces
) -> tuple[Role, ...]:
    """One driver for one face, or for all faces of the first frame that shows some.

    Raises:
        NoFaceError: when all faces are meant and none is found.
    """
    if not (isinstance(faces, str) and faces == "all"):
        return (Role(driving=driving, face=faces),)
    with open_source(source) as portrait:
        for frame in islice(portrait, FRAMES_SEARCHED):
            found = analyzer.detect(frame.image)
            if found:
                return tuple(Role(driving=driving, face=index) for index in range(len(found)))
    raise NoFaceError(f"{source}: no face was found in it, so there is none to animate.")


def face_in_box(analyzer: FaceAnalyzer, source: Path, box_xyxy: BoxXYXY) -> Face:
    """The face in a box that the user vouches for, in the first frame."""
    return analyzer.face_in_box(first_image(source), box_xyxy)


def first_image(source: Path) -> FrameRGB:
    """The first frame of a file."""
    with open_source(source) as portrait:
        for frame in portrait:
            return frame.image
    raise MediaError(f"{source}: it has no frames.")
