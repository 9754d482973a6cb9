"""The usual measurer: the default face analyser, the reference head, and a recogniser."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray
from safetensors.numpy import load_file

from liveportrait.arrays import FrameRGB
from liveportrait.checkpoints.bundled import bundled_weights_dir
from liveportrait.dataset.embeddings import Recogniser
from liveportrait.dataset.generators.model_refs import face_analyser_ref
from liveportrait.dataset.measuring.protocol import Measurement, PersonVector
from liveportrait.dataset.measuring.quality import face_luminance, quality_figures, sharpness
from liveportrait.dataset.measuring.recognition import SFACE, SFACE_REF, person_vector
from liveportrait.dataset.schema.images import FaceFigures, ModelRef
from liveportrait.face.loading import load_face_landmarker
from liveportrait.face.protocol import Face, FaceAnalyzer
from liveportrait.face.ratios import eye_open_ratios, lip_open_ratio
from liveportrait.judges.identity import FaceEmbedder
from liveportrait.judges.sface import load_sface
from liveportrait.motion.head_pose import fit_head_pose
from liveportrait.motion.rotation import degrees_from_rotation


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceMeasuringConfig:
    """What is measured on every image."""

    recogniser: Literal["sface", "none"] = "sface"
    """Who compares the live image with its document; none leaves that out."""

    @property
    def vectors_by(self) -> Recogniser | None:
        return SFACE if self.recogniser == "sface" else None

    def open(self) -> "FaceMeasurer":
        return FaceMeasurer(
            load_face_landmarker(),
            models=(face_analyser_ref(), *((SFACE_REF,) if self.recogniser == "sface" else ())),
            head=load_file(bundled_weights_dir() / "face" / "canonical_face.safetensors")["vertices_cm"],
            embedder=load_sface() if self.recogniser == "sface" else None,
        )


class FaceMeasurer:
    """A `Measurer` on the CPU; the analyser has the 478 points with their depth."""

    def __init__(
        self,
        analyzer: FaceAnalyzer,
        *,
        models: tuple[ModelRef, ...],
        head: Float[ndarray, "m 3"],
        embedder: FaceEmbedder | None,
    ) -> None:
        self.models = models
        self._analyzer = analyzer
        self._head = head
        self._embedder = embedder

    def measure(self, frame: FrameRGB, *, document: PersonVector | None) -> Measurement:
        faces = self._analyzer.detect(frame)
        if not faces:
            return Measurement(figures=FaceFigures(num_faces=0), person=None)
        face = faces[0]
        person = None if self._embedder is None else person_vector(frame, face.landmarks, self._embedder)
        same = None if person is None or document is None else float(person @ document)
        figures = self._figures(frame, face, num_faces=len(faces), identity_cosine=same)
        return Measurement(figures=figures, person=person)

    def _figures(
        self, frame: FrameRGB, face: Face, *, num_faces: int, identity_cosine: float | None
    ) -> FaceFigures:
        pitch, yaw, roll = self._angles_deg(face)
        luminance = face_luminance(frame, face.bbox_xyxy)
        return FaceFigures(
            num_faces=num_faces,
            bbox_xyxy=tuple(float(side) for side in face.bbox_xyxy),
            pitch_deg=pitch,
            yaw_deg=yaw,
            roll_deg=roll,
            eye_open_ratio=float(eye_open_ratios(face.landmarks).mean()),
            lip_open_ratio=float(lip_open_ratio(face.landmarks)[0]),
            identity_cosine=identity_cosine,
            sharpness=None if luminance is None else sharpness(luminance),
            quality=() if luminance is None else quality_figures(luminance, face.landmarks),
        )

    def _angles_deg(self, face: Face) -> tuple[float, float, float]:
        """Of the reference head, laid over the mesh."""
        assert face.depth_px is not None
        points = np.column_stack([face.landmarks, face.depth_px])
        rotation = torch.from_numpy(fit_head_pose(points[None], self._head).rotation)
        pitch, yaw, roll = (float(angle) for angle in degrees_from_rotation(rotation))
        return pitch, yaw, roll
