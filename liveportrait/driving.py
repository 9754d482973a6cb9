"""From a driver's frames to motion: follow the face, cut it out, read it."""

from dataclasses import dataclass
from typing import Literal

from liveportrait.arrays import FrameRGB, Landmarks
from liveportrait.choices import check_choices
from liveportrait.errors import SettingError
from liveportrait.face.choice import FaceChoice
from liveportrait.face.cropping import DRIVING_CROP, CropConfig, face_square
from liveportrait.face.following import FaceFollower
from liveportrait.face.layouts import layout_of
from liveportrait.face.protocol import Face, FaceAnalyzer
from liveportrait.face.ratios import eye_open_ratios, lip_open_ratio
from liveportrait.face.square import Square, whole_frame
from liveportrait.face.tracker import FaceTracker
from liveportrait.motion.composition import DrivingFace
from liveportrait.motion.openings import Openings, openings_from_ratios
from liveportrait.motion.state import Motion
from liveportrait.pixels import image_from_frame
from liveportrait.portrait_model import PortraitModel

DrivingView = Literal["fixed", "whole"]
"""What of the driver's frames the motion is read from: one square around the face for all of them,
or each whole frame, which then must be square."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrivingSettings:
    """How a driver is read."""

    view: DrivingView = "fixed"
    crop: CropConfig = DRIVING_CROP
    face: FaceChoice = "largest"
    """Which of several faces leads."""

    def __post_init__(self) -> None:
        check_choices(self)


class DrivingReader:
    """Reads one stream of driving frames, in order.

    The square is that of `square`, or of the first frame with a face: a crop that follows the
    head would take its movement away.
    """

    def __init__(
        self,
        model: PortraitModel,
        analyzer: FaceAnalyzer,
        settings: DrivingSettings,
        *,
        square: Square | None = None,
    ) -> None:
        self._model = model
        self._settings = settings
        self._follower = FaceFollower(FaceTracker(analyzer), choice=settings.face)
        self._square = square

    def find(self, frame: FrameRGB) -> Face | None:
        """The driving face in the next frame; None where it is not seen."""
        return self._follower.update(frame)

    def read(self, frame: FrameRGB) -> DrivingFace | None:
        """What the face in the next frame does; None where it is not seen."""
        face = self.find(frame)
        if face is None:
            return None
        if self._square is None:
            self._square = self.square_of(frame, face)
        return DrivingFace(motion=self.motion_in(frame, self._square), openings=self.openings_of(face))

    def motion_in(self, frame: FrameRGB, square: Square) -> Motion:
        """What the head in a square of the frame does."""
        view = square.cut(frame, size_px=self._model.preset.input_px)
        return self._model.motion(image_from_frame(view, device=self._model.device))

    def openings_of(self, face: Face) -> Openings | None:
        """How far eyes and lips are open, where the landmark set tells."""
        openings = openings_of(face.landmarks)
        return None if openings is None else openings.to(self._model.device)

    def square_of(self, frame: FrameRGB, face: Face) -> Square:
        """Where the motion of this frame would be read from, were it the first."""
        if self._settings.view == "fixed":
            return face_square(face.landmarks, config=self._settings.crop)
        height, width = frame.shape[:2]
        if height != width:
            raise SettingError(
                f"The view 'whole' takes square driving frames; these are {width}x{height}. Choose 'fixed'."
            )
        return whole_frame(frame)


def openings_of(landmarks: Landmarks) -> Openings | None:
    """How far eyes and lips are open, where the landmark set tells."""
    layout = layout_of(landmarks)
    if layout.eye_openings is None or layout.lip_opening is None:
        return None
    return openings_from_ratios(eyes=eye_open_ratios(landmarks), lips=lip_open_ratio(landmarks))
