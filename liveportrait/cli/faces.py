"""Options that say which face is meant, and who finds faces."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro

from liveportrait.animation.roles import SourceFaces, face_in_box
from liveportrait.animation.settings import Role
from liveportrait.engines.config import EngineConfig
from liveportrait.errors import SettingError
from liveportrait.face.choice import parse_face_choice
from liveportrait.face.landmark_file import load_hand_face
from liveportrait.face.opening import LandmarkSet, open_face_analyzer
from liveportrait.face.protocol import FaceAnalyzer


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceOptions:
    """Which face of the source is moved."""

    face: str = "largest"
    """largest, left, right, centre, a number from 0 (the largest), the one nearest to a box
    "left,top,right,bottom", or all."""
    box: Annotated[str | None, tyro.conf.arg(metavar="BOX")] = None
    """Where detection fails: the box "left,top,right,bottom" of the face in the first frame, brow to chin."""
    landmarks: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """Where even that fails: a file with the face's landmarks in pixels, "x y" a line or JSON."""

    @property
    def is_given(self) -> bool:
        """Whether any of them was."""
        return self != FaceOptions()

    def choice(self, analyzer: FaceAnalyzer, source: Path) -> SourceFaces:
        """The face that is meant."""
        given = [self.box is not None, self.landmarks is not None, self.face != FaceOptions().face]
        if sum(given) > 1:
            raise SettingError("A face is meant by --face, by --box or by --landmarks; give one of them.")
        if self.landmarks is not None:
            return load_hand_face(self.landmarks)
        if self.box is not None:
            box = parse_face_choice(self.box)
            if not isinstance(box, np.ndarray):
                raise SettingError(f'Expected --box as "left,top,right,bottom"; got {self.box!r}.')
            return face_in_box(analyzer, source, box)
        return "all" if self.face == "all" else parse_face_choice(self.face)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyzerOptions:
    """Who finds faces."""

    landmark_set: LandmarkSet = "mesh"
    """mesh: 478 points, comes with the library. released: the 203 points of the released network, whose
    crops are the reference's; needs its landmark.onnx. face-alignment: the 68 points of that package."""
    landmark_network: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """The released landmark.onnx, where it is not among the downloaded weights."""

    def load(self, engine: EngineConfig) -> FaceAnalyzer:
        """The analyser, ready."""
        return open_face_analyzer(self.landmark_set, engine=engine, landmark_network=self.landmark_network)


def parse_role(text: str) -> Role:
    """FACE=DRIVING, as "left=a.mp4"; the path may hold further signs of equality."""
    face, sign, driving = text.partition("=")
    if not (face and sign and driving):
        raise SettingError(f"Expected a role as FACE=DRIVING, such as left=a.mp4; got {text!r}.")
    return Role(driving=Path(driving), face=parse_face_choice(face))
