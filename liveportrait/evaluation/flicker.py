"""Flicker: change from frame to frame that the true frames do not have."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from liveportrait.arrays import FrameRGB, Mask
from liveportrait.evaluation.averages import nan_mean
from liveportrait.evaluation.pixel_errors import weighted_mean


def temporal_flicker(found: Sequence[FrameRGB], true: Sequence[FrameRGB], weights: Sequence[Mask]) -> float:
    """Mean |change found - change true| between neighbouring frames, 0..1; nan for a single frame.

    The weights are those of the later frame. A constant error of colour is no flicker.
    """
    changes = zip(_changes(found), _changes(true), weights[1:], strict=True)
    rows = [weighted_mean(np.abs(ours - theirs).mean(axis=2), mask) for ours, theirs, mask in changes]
    return nan_mean(rows)


def _changes(frames: Sequence[FrameRGB]) -> list[Float32[ndarray, "h w 3"]]:
    return [(later.astype(np.float32) - earlier) / np.float32(255) for earlier, later in pairwise(frames)]
