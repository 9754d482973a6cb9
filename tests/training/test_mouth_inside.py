import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from liveportrait.training.mouth_inside import TONGUE_RISE, MouthInside, draw_inside


def test_dark_becomes_tongue_towards_the_lower_lip_and_the_middle() -> None:
    inside = MouthInside(dark=np.array([30.0, 10, 10]), tongue=np.array([130.0, 60, 60]), tongue_from=0.4)
    below = np.array([0.0, 0.4, 0.4 + TONGUE_RISE / 2, 0.4 + TONGUE_RISE, 1.0, 1.0])
    aside = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.9])
    shares = np.array([0.0, 0.0, 0.5, 1.0, 1.0, 0.0])
    assert_allclose(
        inside.colour(below, aside), inside.dark + shares[:, None] * (inside.tongue - inside.dark)
    )


@given(seed=st.integers(0, 10_000), skin=st.floats(10, 255))
def test_it_is_darker_than_the_skin_and_red(seed: int, skin: float) -> None:
    inside = draw_inside(np.random.default_rng(seed), skin)
    below, aside = (grid.ravel() for grid in np.meshgrid(np.linspace(0, 1, 9), np.linspace(-1, 1, 9)))
    colours = inside.colour(below, aside)
    assert (colours.max(1) < skin).all() and (colours >= 0).all()
    assert (colours[:, 0] > 1.5 * colours[:, 1:].max(1)).all()
