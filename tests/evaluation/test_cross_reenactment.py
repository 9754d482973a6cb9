from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from liveportrait.arrays import FrameRGB
from liveportrait.errors import NoFaceError
from liveportrait.evaluation.cross_reenactment import cross_means, draw_pairs, reenact_pair
from liveportrait.evaluation.reenactors import CopiedSource, SeenFrame, WarpedMesh
from tests.evaluation.drawn_faces import DrawnFace, drawn_judges, judges_with_second, talking

SOURCE = DrawnFace(x=100, background=30)


class KnowingModel:
    """Draws the source with the driver's openings, somewhat brighter behind from frame to frame."""

    name = "model"

    def __call__(self, source: SeenFrame, driving: Sequence[SeenFrame]) -> list[FrameRGB]:
        return [
            replace(
                SOURCE, mouth_px=face.mouth_px, eyes_px=face.eyes_px, background=30 + 5 * (index % 2)
            ).draw()
            for index, face in enumerate(talking(len(driving)))
        ]


def test_a_known_result() -> None:
    frames = [face.draw() for face in talking()]
    methods = (KnowingModel(), CopiedSource(), WarpedMesh())
    result = reenact_pair("s", "d", SOURCE.draw(), frames, methods, drawn_judges())
    means = cross_means([result, result])
    known, copied = means["model"], means["copy"]
    assert known.following.lips.correlation == pytest.approx(1)
    assert known.following.pose_error_deg == pytest.approx(0, abs=1e-4)
    assert known.background_drift == pytest.approx(2.5 / 255, rel=1e-3)
    assert known.background_flicker == pytest.approx(5 / 255, rel=1e-3)
    assert (copied.background_drift, copied.background_flicker, copied.following.lips.correlation) == (
        0,
        0,
        0,
    )
    assert copied.sharpness == pytest.approx(1)
    assert copied.identity_to_source == pytest.approx(1, abs=1e-6)


def test_the_second_landmarker_measures_by_its_own_points() -> None:
    driver = talking()
    frames, methods = [face.draw() for face in driver], (KnowingModel(), CopiedSource())
    result = reenact_pair("s", "d", SOURCE.draw(), frames, methods, judges_with_second())
    known, copied = (row.figures.second_following for row in result.methods)
    assert known is not None and copied is not None
    assert (known.lips.correlation, known.eyes.correlation) == pytest.approx((1, 1))
    assert known.lips.error == pytest.approx(0, abs=1e-6)
    rolled_deg = np.mean([face.x - driver[0].x for face in driver])
    assert known.pose_error_deg == pytest.approx(rolled_deg, rel=1e-3), "its head stays where it is"
    expected = np.mean([2 * abs(face.lip_opening - SOURCE.lip_opening) for face in driver])
    assert copied.lips.error == pytest.approx(expected, rel=1e-3)
    assert (copied.lips.correlation, copied.eyes.correlation) == (0, 0)
    alone = reenact_pair("s", "d", SOURCE.draw(), frames, methods[1:], drawn_judges())
    assert alone.methods[0].figures.second_following is None


def test_both_need_a_face() -> None:
    empty = np.zeros((256, 256, 3), np.uint8)
    frames = [face.draw() for face in talking(2)]
    for portrait, driving in ((empty, frames), (SOURCE.draw(), [empty, *frames])):
        with pytest.raises(NoFaceError):
            reenact_pair("s", "d", portrait, driving, [CopiedSource()], drawn_judges())


def test_pairs_are_the_same_every_time_and_use_all_drivers() -> None:
    sources, drivers = ([Path(f"{kind}{index}") for index in range(6)] for kind in "sd")
    pairs = draw_pairs(sources, drivers[:3], seed=1)
    assert pairs == draw_pairs(sources, drivers[:3], seed=1)
    assert [source for source, _ in pairs] == sources
    assert sorted(driver.name for _, driver in pairs) == ["d0", "d0", "d1", "d1", "d2", "d2"]
