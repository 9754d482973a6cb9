"""Whose face it is, by SFace: weights that come inside a package and may be used commercially."""

import numpy as np
import torch

from liveportrait.arrays import FrameRGB, Landmarks
from liveportrait.dataset.embeddings import Recogniser
from liveportrait.dataset.measuring.protocol import PersonVector
from liveportrait.dataset.schema.images import ModelRef
from liveportrait.judges.face_alignment import five_points
from liveportrait.judges.identity import FaceEmbedder
from liveportrait.judges.sface import WEIGHTS
from liveportrait.pixels import image_from_frame

SFACE = Recogniser(name="sface", weights_sha256=WEIGHTS.sha256, licence=WEIGHTS.licence)
SFACE_REF = ModelRef(
    id="opencv/face_recognition_sface",
    revision="2021dec int8bq",
    sha256=WEIGHTS.sha256,
    licence="Apache-2.0",
    restrictions="trained on pictures of celebrities from the web",
)


@torch.inference_mode()
def person_vector(frame: FrameRGB, landmarks: Landmarks, embedder: FaceEmbedder) -> PersonVector:
    """The vector of the face with those points of the mesh."""
    height, width = frame.shape[:2]
    points = five_points(landmarks, size_wh=(width, height))
    vector = embedder(image_from_frame(frame), points)[0].numpy()
    return vector / np.linalg.norm(vector)
