"""Edges lie where the picture changes."""

import numpy as np
import pytest

from liveportrait.dataset.generators.pulid.edges import EdgeConfig, edge_picture
from liveportrait.errors import SettingError


def test_a_square_has_its_outline_in_white_on_black() -> None:
    frame = np.zeros((32, 40, 3), np.uint8)
    frame[8:24, 10:30] = (255, 40, 40)

    edges = edge_picture(frame, EdgeConfig())

    assert edges.shape == frame.shape
    assert set(np.unique(edges)) == {0, 255}
    assert edges[12:20, 14:26].max() == 0  # within
    assert edges[:5].max() == 0  # without
    assert all(edges[16, :, 0][side - 2 : side + 2].max() == 255 for side in (10, 30))


def test_a_plain_picture_has_none() -> None:
    assert edge_picture(np.full((8, 8, 3), 90, np.uint8), EdgeConfig()).max() == 0


@pytest.mark.parametrize(("low", "high"), [(-1.0, 5.0), (9.0, 5.0)])
def test_thresholds_out_of_order_are_refused(low: float, high: float) -> None:
    with pytest.raises(SettingError, match="give 0 <= low <= high"):
        EdgeConfig(low=low, high=high)
