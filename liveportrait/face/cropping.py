"""How a face is cut out of its frame: by its landmarks, as the reference does it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import cv2
import numpy as np

from liveportrait.arrays import CropRGB, FrameRGB, Landmarks, Transform
from liveportrait.choices import check_choices
from liveportrait.errors import SettingError
from liveportrait.face.layouts import check_landmarks, layout_of
from liveportrait.face.square import Beyond, Square, square_around

Orientation: TypeAlias = Literal["upright", "as_is"]
UprightBy: TypeAlias = Literal["eyes_and_lips", "eyes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CropConfig:
    """Where a face is cut out of its frame. How large the cut is drawn is for who draws it to say."""

    scale: float = 2.3
    """Side of the crop over the size of the face; larger shows more around it."""
    shift_right: float = 0.0
    """Moves the crop over the face, in sides of the crop, along the face's own axes."""
    shift_down: float = -0.125
    orientation: Orientation = "upright"
    """`upright` turns the crop so that the face stands straight in it; `as_is` keeps the frame's axes."""
    upright_by: UprightBy = "eyes_and_lips"
    """What tells how the face is tilted: the line from eyes to lips, or the line between the eyes."""

    def __post_init__(self) -> None:
        check_choices(self)
        # Comparisons that NaN fails.
        if not 0.1 <= self.scale <= 100:
            raise SettingError(f"The crop's scale is {self.scale}; give 0.1 to 100 sizes of the face.")
        for shift in (self.shift_right, self.shift_down):
            if not abs(shift) <= 10:
                raise SettingError(f"The crop is shifted by {shift}; give -10 to 10 of its sides.")


DRIVING_CROP = CropConfig(scale=2.2, shift_down=-0.1, orientation="as_is")
"""For driving videos: heads must be able to turn and tilt within it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crop:
    """A face cut out of a frame, and the way back."""

    image: CropRGB
    crop_from_frame: Transform
    frame_from_crop: Transform

    def network_input(self, *, size_px: int = 256) -> CropRGB:
        """The crop shrunk for a network, every pixel counted."""
        return cv2.resize(self.image, (size_px, size_px), interpolation=cv2.INTER_AREA)


def crop_face(
    frame: FrameRGB, landmarks: Landmarks, *, config: CropConfig | None = None, size_px: int = 512
) -> Crop:
    """Cut a face out of its frame."""
    return crop_square(frame, face_square(landmarks, config=config or CropConfig()), size_px=size_px)


def crop_square(frame: FrameRGB, square: Square, *, size_px: int, beyond: Beyond = "black") -> Crop:
    """Cut a square that was found before out of a frame."""
    return Crop(
        image=square.cut(frame, size_px=size_px, beyond=beyond),
        crop_from_frame=square.crop_from_frame(size_px=size_px),
        frame_from_crop=square.frame_from_crop(size_px=size_px),
    )


def face_square(landmarks: Landmarks, *, config: CropConfig) -> Square:
    """Where the crop lies in the frame."""
    check_landmarks(landmarks)
    outline = layout_of(landmarks).outline
    spanning = landmarks if outline is None else landmarks[list(outline)]
    face = square_around(spanning, angle_rad=face_tilt_rad(landmarks, by=config.upright_by))
    if face.side_px < 1.0:
        raise SettingError(f"Expected landmarks of a face; all {len(landmarks)} lie within one pixel.")
    crop = replace(face, side_px=face.side_px * config.scale)
    crop = crop.shifted(right=config.shift_right, down=config.shift_down)
    return crop if config.orientation == "upright" else replace(crop, angle_rad=0.0)


def mean_square(squares: Sequence[Square]) -> Square:
    """One square for a whole video, so that the head moves within it."""
    centre = np.mean([square.centre_xy for square in squares], axis=0)
    side = float(np.mean([square.side_px for square in squares]))
    return Square(centre_xy=(float(centre[0]), float(centre[1])), side_px=side)


def face_tilt_rad(landmarks: Landmarks, *, by: UprightBy = "eyes_and_lips") -> float:
    """How far the face leans from upright; clockwise on the screen is positive."""
    layout = layout_of(landmarks)
    first_eye = landmarks[list(layout.first_eye)].mean(axis=0)
    second_eye = landmarks[list(layout.second_eye)].mean(axis=0)
    if by == "eyes":
        across = second_eye - first_eye
    else:
        down = landmarks[list(layout.lip)].mean(axis=0) - (first_eye + second_eye) / 2
        across = np.array([down[1], -down[0]])
    # Points that coincide have no direction: taken as upright.
    return float(np.arctan2(across[1], across[0])) if np.linalg.norm(across) > 1e-3 else 0.0
