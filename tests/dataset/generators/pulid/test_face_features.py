"""What EVA-CLIP is shown: the face upright in its place, gray on white."""

import cv2
import numpy as np
import pytest
import torch

from liveportrait.arrays import FrameRGB
from liveportrait.dataset.generators.pulid.eva_vision import EvaConfig, EvaVision
from liveportrait.dataset.generators.pulid.face_features import (
    CROP_SIZE_PX,
    ArcFaceAndEva,
    FaceFeatureSource,
    clip_image,
    face_crop,
)
from liveportrait.dataset.schema.images import ModelRef
from liveportrait.errors import ManyFacesError, NoFaceError
from liveportrait.face.loading import load_face_landmarker
from liveportrait.face.protocol import FaceAnalyzer
from tests.dataset.generators.fakes import RECOGNISER_REF, ColourVectors
from tests.portraits import portrait, two_people, wall

EVA_REF = ModelRef(id="fake/eva", licence="MIT")


@pytest.fixture(scope="module")
def analyzer() -> FaceAnalyzer:
    return load_face_landmarker()


@pytest.fixture(scope="module")
def source(analyzer: FaceAnalyzer) -> ArcFaceAndEva:
    torch.manual_seed(0)
    config = EvaConfig(
        image_size_px=28, width=8, num_heads=1, num_layers=3, hidden_width=8, scale_layers=(1, 2)
    )
    return ArcFaceAndEva(ColourVectors(), EvaVision(config).eval(), EVA_REF, analyzer)


def turned(frame: FrameRGB, degrees: float) -> FrameRGB:
    size = frame.shape[0]
    matrix = cv2.getRotationMatrix2D((size / 2, size / 2), degrees, 1.0)
    return cv2.warpAffine(frame, matrix, (size, size), borderValue=(90, 90, 90))


def test_the_crop_is_gray_with_a_white_surround(analyzer: FaceAnalyzer) -> None:
    frame = portrait(256)
    crop = face_crop(frame, analyzer.detect(frame)[0])

    assert crop.shape == (CROP_SIZE_PX, CROP_SIZE_PX, 3)
    assert (crop[..., 0] == crop[..., 1]).all() and (crop[..., 1] == crop[..., 2]).all()
    assert (crop[:40] == 255).all() and (crop[:, :40] == 255).all()
    assert crop[230:420, 180:330].mean() < 250  # the face itself


def test_a_turned_head_is_shown_upright(analyzer: FaceAnalyzer) -> None:
    frame = portrait(256)
    tilted = turned(frame, 20)
    upright, also = (face_crop(picture, analyzer.detect(picture)[0]) for picture in (frame, tilted))
    middle = (slice(200, 400), slice(190, 320))

    difference = np.abs(upright[middle].astype(float) - also[middle].astype(float)).mean()
    assert difference < 12  # of 255; 30 and more when it is not turned back


def test_clips_scale_is_that_of_its_networks() -> None:
    white = np.full((CROP_SIZE_PX, CROP_SIZE_PX, 3), 255, np.uint8)
    image = clip_image(white, 28)

    assert image.shape == (1, 3, 28, 28)
    assert torch.allclose(image[0, :, 14, 14], torch.tensor([1.9303, 2.0749, 2.1459]), atol=1e-3)


def test_the_vector_is_arcfaces_as_it_comes_and_evas_of_length_one(source: ArcFaceAndEva) -> None:
    frame = portrait(256)
    features = source(frame)

    assert isinstance(source, FaceFeatureSource)
    assert features.vector.shape == (1, 512 + 768)
    assert torch.equal(features.vector[0, :512], torch.from_numpy(ColourVectors()(frame)))
    assert features.vector[0, 512:].norm() == pytest.approx(1, abs=1e-5)
    assert [scale.shape for scale in features.scales] == [(1, 5, 8), (1, 5, 8)]
    assert source.models == (RECOGNISER_REF, EVA_REF)


def test_not_exactly_one_face_is_a_typed_error(source: ArcFaceAndEva) -> None:
    with pytest.raises(NoFaceError):
        source(wall(256))
    with pytest.raises(ManyFacesError):
        source(two_people(256))
