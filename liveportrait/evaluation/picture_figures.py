"""How a result's pictures compare with the true frames of the same clip."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from liveportrait.arrays import FrameRGB, Mask
from liveportrait.evaluation.averages import nan_mean
from liveportrait.evaluation.face_regions import around_face
from liveportrait.evaluation.flicker import temporal_flicker
from liveportrait.evaluation.judging import WatchedClip, perceptual_distances, person_cosines
from liveportrait.evaluation.pixel_errors import mean_absolute_error, psnr_db
from liveportrait.evaluation.sharpness import sharpness_ratio
from liveportrait.evaluation.structural_similarity import structural_similarity
from liveportrait.evaluation.true_regions import TrueRegions
from liveportrait.judges.perceptual import FeatureBackbone

_FACE_VIEW_PX = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFigures:
    """Means over the frames. Pixel values count 0..1; `face` is the hull of the true landmarks."""

    l1: float
    l1_face: float
    psnr_db: float
    psnr_face_db: float
    ssim: float
    ssim_face: float
    perceptual: float
    """By the backbone that the report names. It stands in for LPIPS, whose backbones no package carries."""
    perceptual_face: float
    identity_to_source: float
    """Cosine of face recognition vectors, result to source frame."""
    identity_to_driving: float
    real_identity_to_source: float
    """What the true frames score: no result needs more."""
    sharpness: float
    """Gradient energy in the face over that of the true frame."""
    disoccluded_l1: float
    """L1 where the true frame shows what the face hid in the source."""
    background_l1: float
    flicker: float
    flicker_face: float


def picture_figures(
    found: WatchedClip, true: WatchedClip, regions: TrueRegions, backbone: FeatureBackbone
) -> PictureFigures:
    """A result against the clip that it should equal; the first frame of both, the source, is left out."""
    ours, theirs = found.frames[1:], true.frames[1:]
    people, true_people, source = found.people[1:], true.people[1:], true.people[:1]

    def mean(metric: Callable[[FrameRGB, FrameRGB, Mask], float], masks: Sequence[Mask]) -> float:
        return nan_mean([metric(*one) for one in zip(ours, theirs, masks, strict=True)])

    return PictureFigures(
        l1=mean(mean_absolute_error, regions.whole),
        l1_face=mean(mean_absolute_error, regions.face),
        psnr_db=mean(psnr_db, regions.whole),
        psnr_face_db=mean(psnr_db, regions.face),
        ssim=mean(structural_similarity, regions.whole),
        ssim_face=mean(structural_similarity, regions.face),
        perceptual=nan_mean(perceptual_distances(ours, theirs, backbone)),
        perceptual_face=_perceptual_face(found, true, backbone),
        identity_to_source=nan_mean(person_cosines(people, source)),
        identity_to_driving=nan_mean(person_cosines(people, true_people)),
        real_identity_to_source=nan_mean(person_cosines(true_people, source)),
        sharpness=mean(sharpness_ratio, regions.face),
        disoccluded_l1=mean(mean_absolute_error, regions.disoccluded),
        background_l1=mean(mean_absolute_error, regions.background),
        flicker=temporal_flicker(ours, theirs, regions.whole),
        flicker_face=temporal_flicker(ours, theirs, regions.face),
    )


def _perceptual_face(found: WatchedClip, true: WatchedClip, backbone: FeatureBackbone) -> float:
    ours, theirs = [], []
    for result, frame, face in zip(found.frames[1:], true.frames[1:], true.faces[1:], strict=True):
        if face is not None:
            view = around_face(face.landmarks)
            ours.append(view.cut(result, size_px=_FACE_VIEW_PX))
            theirs.append(view.cut(frame, size_px=_FACE_VIEW_PX))
    return nan_mean(perceptual_distances(ours, theirs, backbone))
