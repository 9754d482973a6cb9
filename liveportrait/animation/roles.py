"""Who leads which face, from what a user says."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from liveportrait.animation.settings import Role, SourceFaceChoice
from liveportrait.arrays import BoxXYXY, FrameRGB
from liveportrait.errors import MediaError, NoFaceError, SettingError
from liveportrait.face.boxes import has_middle_in
from liveportrait.face.choice import choose_face
from liveportrait.face.protocol import Face, FaceAnalyzer
from liveportrait.media.alpha import as_seen
from liveportrait.media.opening import open_source
from liveportrait.media.paths import AnyPath

SourceFaces: TypeAlias = SourceFaceChoice | Literal["all"]

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
            found = analyzer.detect(as_seen(frame))
            if found:
                return tuple(Role(driving=driving, face=index) for index in range(len(found)))
    raise NoFaceError(f"{source}: no face was found in it, so there is none to animate.")


def face_in_box(analyzer: FaceAnalyzer, source: Path, box_xyxy: BoxXYXY) -> Face:
    """The face in a box that the user vouches for, in the first frame.

    Raises:
        SettingError: when the middle of the box lies outside of the picture.
    """
    frame = first_image(source)
    check_in_picture(box_xyxy, frame, source)
    return analyzer.face_in_box(frame, box_xyxy)


def check_roles(analyzer: FaceAnalyzer, source: Path, roles: Sequence[Role]) -> None:
    """Refuse what the first frame tells to be amiss.

    Faces that are first seen later are taken as they come.

    Raises:
        SettingError: when a face given by hand lies outside of the picture, or when two roles name the same
            face: the later one would hide the other's work.
    """
    by_hand = [role.face for role in roles if isinstance(role.face, Face)]
    if len(roles) < 2 and not by_hand:
        return
    frame = first_image(source)
    for face in by_hand:
        check_in_picture(face.bbox_xyxy, frame, source)
    found = analyzer.detect(frame)
    named: list[Face] = []
    for role in roles:
        try:
            face = _named(role.face, found, frame)
        except NoFaceError:
            continue
        if any(face is other for other in named):
            raise SettingError(
                f"{source}: the face {role.face!r}, which {role.driving} is to lead, has its driver already. "
                f"Give every face one role; the first frame shows {len(found)}."
            )
        named.append(face)


def _named(face: SourceFaceChoice, found: Sequence[Face], frame: FrameRGB) -> Face:
    height, width = frame.shape[:2]
    return face if isinstance(face, Face) else choose_face(found, face, frame_size_wh=(width, height))


def check_in_picture(box_xyxy: BoxXYXY, frame: FrameRGB, source: Path) -> None:
    """Refuse the box of a face whose middle lies outside of the frame."""
    height, width = frame.shape[:2]
    if not has_middle_in(box_xyxy, np.array([0, 0, width, height], np.float32)):
        raise SettingError(
            f"{source}: the face was said to be at {[round(float(side), 1) for side in box_xyxy]}, which is "
            f"outside of the picture of {width} x {height} pixels; give left,top,right,bottom within it."
        )


def first_image(source: Path) -> FrameRGB:
    """The first frame of a file, as it is seen."""
    with open_source(source) as portrait:
        for frame in portrait:
            return as_seen(frame)
    raise MediaError(f"{source}: it has no frames.")
