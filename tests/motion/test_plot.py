"""The plot shows the curves of a template where they belong."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch

from liveportrait.motion.openings import Openings
from liveportrait.motion.plot import BLUE, GREEN, ORANGE, PICTURE_WH, _ticks, plot_template
from liveportrait.motion.rotation import rotation_from_degrees
from liveportrait.motion.template import MotionTemplate
from tests.motion.samples import random_motion

ZERO = torch.zeros(50)


def template_with(*, yaw: torch.Tensor, openings: Openings | None = None) -> MotionTemplate:
    rotation = rotation_from_degrees(pitch=ZERO, yaw=yaw, roll=ZERO)
    motion = replace(random_motion(seed=0).expand(50), rotation=rotation)
    return MotionTemplate(model_id="human", fps=Fraction(25), motion=motion, openings=openings)


def height_of(picture: np.ndarray, color: tuple[int, int, int], *, column: int) -> float:
    """The mean row of a colour in a column of the picture; above is small."""
    rows = np.flatnonzero(np.abs(picture[:, column].astype(int) - color).sum(axis=1) < 60)
    return float(rows.mean())


def test_a_rising_angle_rises() -> None:
    picture = plot_template(template_with(yaw=torch.linspace(-20, 20, 50)))
    heights = [height_of(picture, ORANGE, column=column) for column in (150, 600, 1100)]
    assert heights[0] > heights[1] + 50 > heights[2] + 100
    assert heights[0] - heights[1] == pytest.approx((heights[1] - heights[2]) * 450 / 500, abs=4)


def test_eyes_and_lips_have_their_panels_where_they_are_known() -> None:
    eyes = torch.tensor([[0.3, 0.1]]).expand(50, 2)
    openings = Openings(eyes=eyes, lips=torch.full((50, 1), 0.2))
    picture = plot_template(template_with(yaw=ZERO, openings=openings))
    third = picture.shape[0] // 3
    middle, low = picture[third : 2 * third], picture[2 * third :]
    assert height_of(middle, BLUE, column=600) < height_of(middle, ORANGE, column=600)
    assert np.isfinite(height_of(low, GREEN, column=600))


@pytest.mark.parametrize("num_frames", [1, 2, 50])
def test_any_length_and_a_head_that_never_moves_can_be_drawn(num_frames: int) -> None:
    motion = replace(random_motion(seed=0).expand(num_frames), rotation=torch.eye(3).expand(num_frames, 3, 3))
    template = MotionTemplate(model_id="human", fps=Fraction(30000, 1001), motion=motion)
    picture = plot_template(template)
    assert picture.shape == (PICTURE_WH[1], PICTURE_WH[0], 3) and picture.dtype == np.uint8
    assert picture.min() < 100


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (-24.0, 17.0, [-20, -10, 0, 10]),
        (0.0, 0.32, [0, 0.1, 0.2, 0.3]),
        (0.0, 7.0, [0, 2, 4, 6]),
        (-0.5, 0.5, [-0.4, -0.2, 0, 0.2, 0.4]),
    ],
)
def test_ticks_are_round_numbers(low: float, high: float, ticks: list[float]) -> None:
    assert _ticks(low, high, most=6) == pytest.approx(ticks)
