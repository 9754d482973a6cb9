"""What is measured on a portrait follows what is done to it."""

import cv2
import numpy as np
import pytest

from liveportrait.dataset.generators.model_refs import face_analyser_ref
from liveportrait.dataset.measuring.faces import FaceMeasurer, FaceMeasuringConfig
from liveportrait.dataset.measuring.protocol import Measurer
from liveportrait.dataset.measuring.recognition import SFACE, SFACE_REF
from tests.portraits import portrait, two_people, wall

PORTRAIT = portrait(256)


@pytest.fixture(scope="module")
def measurer() -> FaceMeasurer:
    return FaceMeasuringConfig().open()


def rolled(angle_deg: float) -> np.ndarray:
    turn = cv2.getRotationMatrix2D((128, 128), -angle_deg, 1.0)
    return cv2.warpAffine(PORTRAIT, turn, (256, 256), borderMode=cv2.BORDER_REPLICATE)


def test_it_fits_the_protocol(measurer: FaceMeasurer) -> None:
    assert isinstance(measurer, Measurer)
    assert FaceMeasuringConfig().vectors_by == SFACE
    assert FaceMeasuringConfig(recogniser="none").vectors_by is None
    assert [model.id for model in measurer.models] == [face_analyser_ref().id, SFACE_REF.id]


@pytest.mark.parametrize("angle_deg", [-15.0, 10.0])
def test_a_picture_that_is_turned_is_a_head_that_is_rolled(measurer: FaceMeasurer, angle_deg: float) -> None:
    before = measurer.measure(PORTRAIT, document=None).figures.roll_deg
    after = measurer.measure(rolled(angle_deg), document=None).figures.roll_deg
    assert before is not None and after is not None
    assert after - before == pytest.approx(angle_deg, abs=1.5)


def test_a_mirrored_head_looks_the_other_way(measurer: FaceMeasurer) -> None:
    one = measurer.measure(PORTRAIT, document=None).figures
    other = measurer.measure(PORTRAIT[:, ::-1].copy(), document=None).figures
    assert one.yaw_deg is not None and other.yaw_deg is not None
    assert one.pitch_deg is not None and other.pitch_deg is not None
    assert other.yaw_deg == pytest.approx(-one.yaw_deg, abs=3.0)
    assert other.pitch_deg == pytest.approx(one.pitch_deg, abs=2.0)


def test_a_person_is_like_himself(measurer: FaceMeasurer) -> None:
    document = measurer.measure(PORTRAIT, document=None)
    assert document.person is not None
    assert np.linalg.norm(document.person) == pytest.approx(1.0, abs=1e-5)
    assert document.figures.identity_cosine is None
    again = measurer.measure(rolled(8.0), document=document.person)
    assert again.figures.identity_cosine is not None
    assert 0.8 < again.figures.identity_cosine <= 1.0


def test_blur_lowers_the_sharpness_and_light_does_not(measurer: FaceMeasurer) -> None:
    plain = measurer.measure(PORTRAIT, document=None).figures
    blurred = measurer.measure(cv2.GaussianBlur(PORTRAIT, (0, 0), 4), document=None).figures
    darker = measurer.measure((PORTRAIT * 0.6).astype(np.uint8), document=None).figures
    assert plain.sharpness is not None and blurred.sharpness is not None and darker.sharpness is not None
    assert blurred.sharpness < 0.7 * plain.sharpness
    assert darker.sharpness == pytest.approx(plain.sharpness, rel=0.1)
    luminance = [{one.name: one.value for one in each.quality}["luminance_mean"] for each in (plain, darker)]
    assert luminance[1] == pytest.approx(0.6 * luminance[0], rel=0.05)


def test_faces_are_counted_and_the_largest_is_measured(measurer: FaceMeasurer) -> None:
    assert measurer.measure(two_people(256), document=None).figures.num_faces == 2
    alone = measurer.measure(wall(256), document=None)
    assert (alone.figures.num_faces, alone.figures.pitch_deg, alone.person) == (0, None, None)


def test_without_a_recogniser_nobody_is_known() -> None:
    measured = FaceMeasuringConfig(recogniser="none").open().measure(PORTRAIT, document=None)
    assert measured.person is None
    assert measured.figures.num_faces == 1
