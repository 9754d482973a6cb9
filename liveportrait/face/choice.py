"""Which of several faces is meant."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np

from liveportrait.arrays import BoxXYXY
from liveportrait.choices import check_choice
from liveportrait.errors import NoFaceError, SettingError
from liveportrait.face.boxes import checked_box, distance, overlap
from liveportrait.face.protocol import Face

FacePosition: TypeAlias = Literal["largest", "left", "right", "centre"]
FaceChoice: TypeAlias = FacePosition | int | BoxXYXY
"""By position in the picture, by place in the order of size (0 is the largest), or nearest to a box."""

_POSITIONS: tuple[FacePosition, ...] = ("largest", "left", "right", "centre")
_HOW = 'one of largest, left, right, centre, a number from 0 (the largest), or a box "left,top,right,bottom"'


def parse_face_choice(text: str) -> FaceChoice:
    """A choice as it is written on the command line."""
    for position in _POSITIONS:
        if text == position:
            return position
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise SettingError(f"Expected a face as {_HOW}; got {text!r}.") from None
    if len(numbers) == 1 and numbers[0] >= 0 and numbers[0].is_integer():
        return int(numbers[0])
    if len(numbers) == 4:
        return checked_box(np.array(numbers, np.float32))
    raise SettingError(f"Expected a face as {_HOW}; got {text!r}.")


def choose_face(faces: Sequence[Face], choice: FaceChoice, *, frame_size_wh: tuple[int, int]) -> Face:
    """The face that is meant; faces may come in any order."""
    check_choice("face", choice, FaceChoice)
    if not faces:
        raise NoFaceError("No face was found in the picture; give its box or its landmarks by hand.")
    by_size = sorted(faces, key=lambda face: -face.area_px)
    if isinstance(choice, int):
        if not 0 <= choice < len(by_size):
            raise NoFaceError(f"Face {choice} was asked for; {len(by_size)} were found, numbered from 0.")
        return by_size[choice]
    if isinstance(choice, np.ndarray):
        box = checked_box(choice)
        return max(by_size, key=lambda face: (overlap(face.bbox_xyxy, box), -distance(face.bbox_xyxy, box)))
    if not isinstance(choice, str):
        raise SettingError(f"Expected a face as {_HOW}; got {choice!r}.")
    if choice == "largest":
        return by_size[0]
    return min(by_size, key=lambda face: _distance_to(choice, face, frame_size_wh))


def _distance_to(position: FacePosition, face: Face, frame_size_wh: tuple[int, int]) -> float:
    left, top, right, bottom = face.bbox_xyxy.tolist()
    x, y = (left + right) / 2, (top + bottom) / 2
    width, height = frame_size_wh
    return {"left": x, "right": -x}.get(position, float(np.hypot(x - width / 2, y - height / 2)))
