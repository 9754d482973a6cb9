"""All losses of stage I on one batch, behind one forward."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from liveportrait.judges.identity import FaceEmbedder
from liveportrait.judges.perceptual import FeatureBackbone
from liveportrait.networks.presets import PortraitNetworks
from liveportrait.tensors import ImageBatch, ImagePoints, Loss
from liveportrait.training.identity import identity_loss
from liveportrait.training.keypoint_terms import KeypointTerms, KeypointWeights, keypoint_terms
from liveportrait.training.motion_stage import MotionLosses, MotionWeights, motion_losses
from liveportrait.training.pairs import MotionTargets, PairBatch
from liveportrait.training.photometric_jitter import PhotometricConfig, random_photometric_jitter
from liveportrait.training.shown_face import MeshReader, ShownFaceLosses, ShownFaceWeights, shown_face_losses
from liveportrait.training.stage_one import (
    ImageLosses,
    ImageWeights,
    Reconstruction,
    RegionSizes,
    image_losses,
    reconstruct,
)
from liveportrait.training.unseen_mouth import keeping_loss, unseen_mouth

FIVE_KEYPOINTS = (10, 11, 14, 2, 3)
"""Guided keypoints at both eyes, nose tip and mouth corners, as face recognition aligns them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageOneWeights:
    """What counts how much; the published recipe names the parts and not the weights."""

    image: ImageWeights = ImageWeights()
    motion: MotionWeights | None = MotionWeights()
    """Landmark guidance and head pose; None where the motion extractor does not learn."""
    keypoints: KeypointWeights | None = KeypointWeights()
    """Losses without labels; None where the motion extractor does not learn."""
    identity: float = 1.0
    shown: ShownFaceWeights = ShownFaceWeights()
    """Landmarks of the picture that was made."""
    unseen_mouth: float = 0.0
    """Against keeping source pixels where the driving mouth is open and the source's was not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Teachers:
    """Frozen networks that judge pictures; a loss whose teacher is None is 0."""

    backbone: FeatureBackbone | None = None
    embedder: FaceEmbedder | None = None
    mesh: MeshReader | None = None


class StageOneOutput(NamedTuple):
    """The picture that was made and what was wrong with it; losses are weighted."""

    image: ImageBatch
    pictures: ImageLosses
    motion: MotionLosses
    keypoints: KeypointTerms
    identity: Loss
    shown: ShownFaceLosses
    unseen_mouth: Loss

    @property
    def losses(self) -> dict[str, Tensor]:
        """By name; their sum is what is minimised."""
        groups = (self.pictures, self.motion, self.keypoints, self.shown)
        named = {name: loss for group in groups for name, loss in group._asdict().items()}
        return named | {"identity": self.identity, "unseen_mouth": self.unseen_mouth}


class StageOneStep(nn.Module):
    """Redraws the driving frames and compares."""

    def __init__(
        self,
        networks: PortraitNetworks,
        teachers: Teachers,
        weights: StageOneWeights,
        sizes: RegionSizes,
        *,
        photometric: PhotometricConfig | None,
        amp: torch.autocast,
    ) -> None:
        super().__init__()
        self.networks = networks
        self.backbone, self.embedder, self._mesh = teachers.backbone, teachers.embedder, teachers.mesh
        self._weights, self._sizes = weights, sizes
        self._photometric, self._amp = photometric, amp

    def forward(self, batch: PairBatch) -> StageOneOutput:
        driving_seen = self._seen(batch.driving)
        made = reconstruct(self.networks, batch, amp=self._amp, driving_seen=driving_seen)
        weights = self._weights
        return StageOneOutput(
            image=made.image,
            pictures=image_losses(made.image, batch, self.backbone, weights.image, self._sizes),
            motion=_motion(made, batch, weights.motion),
            keypoints=self._keypoints(driving_seen, made),
            identity=self._identity(made.image, batch),
            shown=self._shown(made.image, batch),
            unseen_mouth=self._unseen_mouth(made, batch),
        )

    def _seen(self, driving: ImageBatch) -> ImageBatch:
        """The driving frame in other light: motion is to be read off it, not appearance."""
        if self._photometric is None:
            return driving
        jitter = random_photometric_jitter(
            len(driving), torch.default_generator, config=self._photometric, device=driving.device
        )
        return jitter.apply(driving)

    def _keypoints(self, driving_seen: ImageBatch, made: Reconstruction) -> KeypointTerms:
        if self._weights.keypoints is None:
            return KeypointTerms(*(made.image.new_zeros(()) for _ in KeypointTerms._fields))
        return keypoint_terms(self.networks.motion_extractor, driving_seen, made, self._weights.keypoints)

    def _identity(self, image: ImageBatch, batch: PairBatch) -> Loss:
        if self.embedder is None or self._weights.identity == 0:
            return image.new_zeros(())
        points = (five_points(batch.driving_targets), five_points(batch.source_targets))
        return self._weights.identity * identity_loss(
            image, points[0], batch.source, points[1], self.embedder
        )

    def _shown(self, image: ImageBatch, batch: PairBatch) -> ShownFaceLosses:
        weights = self._weights.shown
        if self._mesh is None or weights == ShownFaceWeights():
            return ShownFaceLosses(*(image.new_zeros(()) for _ in ShownFaceLosses._fields))
        return shown_face_losses(image, batch.driving, batch.driving_targets, self._mesh, weights)

    def _unseen_mouth(self, made: Reconstruction, batch: PairBatch) -> Loss:
        weight = self._weights.unseen_mouth
        if made.keep_logit is None or weight == 0:
            return made.image.new_zeros(())
        unseen = unseen_mouth(batch.source_targets, batch.driving_targets, size_px=made.keep_logit.shape[-1])
        return weight * keeping_loss(made.keep_logit, unseen)


def five_points(targets: MotionTargets) -> ImagePoints:
    """Where face recognition looks, from the keypoints that landmarks guide."""
    return targets.keypoints[:, list(FIVE_KEYPOINTS), :2]


def _motion(made: Reconstruction, batch: PairBatch, weights: MotionWeights | None) -> MotionLosses:
    """Of both pictures, added."""
    if weights is None:
        return MotionLosses(*(made.image.new_zeros(()) for _ in MotionLosses._fields))
    source = motion_losses(made.source_prediction, batch.source_targets, weights)
    driving = motion_losses(made.driving_prediction, batch.driving_targets, weights)
    return MotionLosses(*(first + second for first, second in zip(source, driving, strict=True)))
