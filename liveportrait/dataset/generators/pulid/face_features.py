"""What PuLID is told of a face: who it is by ArcFace, how it looks by EVA-CLIP."""

from typing import Protocol, runtime_checkable

import cv2
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from liveportrait.arrays import CropRGB, FrameRGB
from liveportrait.dataset.generators.animation import only_face
from liveportrait.dataset.generators.face_vectors import FaceVectors
from liveportrait.dataset.generators.pulid.eva_vision import EvaVision
from liveportrait.dataset.generators.pulid.id_former import FaceFeatures
from liveportrait.dataset.schema.images import ModelRef
from liveportrait.face.protocol import Face, FaceAnalyzer
from liveportrait.judges.face_alignment import FIVE_MESH_POINTS, similarity
from liveportrait.pixels import image_from_frame

CROP_SIZE_PX = 512
_CROP_POINTS_PX = (
    (192.98138, 239.94708),
    (318.90277, 240.1936),
    (256.63416, 314.01935),
    (201.26117, 371.41043),
    (313.08905, 371.15118),
)
"""Where eyes, nose tip and mouth corners lie in a crop of 512 px, as facexlib has them for FFHQ's crops."""

_MESH_POINTS = 468
"""Those of the mesh that lie on the skin; the last ten are the irises."""

_CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
_CLIP_DEVIATION = (0.26862954, 0.26130258, 0.27577711)


@runtime_checkable
class FaceFeatureSource(Protocol):
    """Looks at the one face of a picture for PuLID."""

    @property
    def models(self) -> tuple[ModelRef, ...]: ...

    def __call__(self, frame: FrameRGB) -> FaceFeatures:
        """The features, a batch of one.

        Raises:
            NoFaceError, ManyFacesError: when there is not exactly one face.
        """
        ...


class ArcFaceAndEva:
    """The published recipe, but for the mask.

    There a parsing network keeps skin and hair, here the mesh of the face keeps the skin: EVA-CLIP sees
    less of the head than it did in training. What that costs has not been measured.
    """

    def __init__(
        self, vectors: FaceVectors, network: EvaVision, model: ModelRef, analyzer: FaceAnalyzer
    ) -> None:
        self._vectors, self._network, self._model, self._analyzer = vectors, network, model, analyzer

    @property
    def models(self) -> tuple[ModelRef, ...]:
        return (*self._vectors.models, self._model)

    @torch.inference_mode()
    def __call__(self, frame: FrameRGB) -> FaceFeatures:
        like = self._network.class_token
        face = only_face(self._analyzer.detect(frame), many_faces="refuse")
        seen = self._network(clip_image(face_crop(frame, face), self._network.config.image_size_px).to(like))
        vector = torch.from_numpy(self._vectors(frame))[None].to(like)
        return FaceFeatures(torch.cat([vector, functional.normalize(seen.pooled)], dim=1), seen.scales)


def face_crop(frame: FrameRGB, face: Face) -> CropRGB:
    """The face upright in 512 px, gray on white."""
    crop_from_frame = _crop_from_frame(face)
    size = (CROP_SIZE_PX, CROP_SIZE_PX)
    crop = cv2.warpAffine(frame, crop_from_frame, size, flags=cv2.INTER_LINEAR)
    gray = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    mesh = cv2.transform(face.landmarks[None, :_MESH_POINTS], crop_from_frame)[0]
    mask = np.zeros(size, np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(mesh.round().astype(np.int32)), 1)
    return np.repeat(np.where(mask, gray, np.uint8(255))[:, :, None], 3, axis=2)


def clip_image(crop: CropRGB, size_px: int) -> Float[Tensor, "1 3 size size"]:
    """The crop as CLIP's networks expect pictures."""
    image = functional.interpolate(
        image_from_frame(crop), size=(size_px, size_px), mode="bicubic", antialias=True
    )
    mean, deviation = (torch.tensor(values)[:, None, None] for values in (_CLIP_MEAN, _CLIP_DEVIATION))
    return (image.clamp(0, 1) - mean) / deviation


def _crop_from_frame(face: Face) -> np.ndarray:
    points = torch.from_numpy(face.landmarks[list(FIVE_MESH_POINTS)]).double()[None]
    turn, shift = similarity(points, torch.tensor(_CROP_POINTS_PX, dtype=torch.float64))
    return torch.cat([turn[0], shift[0, :, None]], dim=1).numpy()
