"""The expression spaces of the released models.

Numbers: the released editor and transfer code (KwaiVGI/LivePortrait at 1986663, MIT). Each slider is
scaled so that 1 and -1 are the ends of the released editor's range.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch

from liveportrait.motion.space import (
    ExpressionOffset,
    ExpressionSpace,
    PointMask,
    Slider,
    SliderName,
    mask_of_points,
)

NUM_KEYPOINTS = 21
LIP_POINTS = (6, 12, 14, 17, 19, 20)
EYE_POINTS = (11, 13, 15, 16, 18)
EXPRESSION_POINTS = (1, 2, 6, *range(11, 21))
X, Y, Z = 0, 1, 2


class Term(NamedTuple):
    """How far one coordinate moves per unit of the released slider."""

    point: int
    axis: int
    amount: float


SHIFT_X = (Term(5, X, 1.0),)
SHIFT_Y = (Term(5, Y, 1.0),)
POUT = (Term(19, X, 1.0),)
PURSE = (Term(14, Y, 1e-3), Term(3, Y, -5e-4), Term(7, Y, -5e-4), Term(17, Z, -5e-4))
GRIN = (Term(20, Z, -1e-3), Term(20, Y, -1e-3), Term(14, Y, -1e-3))
MOUTH_OPEN = (Term(19, Y, 1e-3), Term(19, Z, 1e-4), Term(17, Y, -1e-4))
SMILE = (
    *(Term(20, Y, -0.01), Term(14, Y, -0.02), Term(17, Y, 0.0065), Term(17, Z, 0.003)),
    *(Term(13, Y, -0.00275), Term(16, Y, -0.00275), Term(3, Y, -0.0035), Term(7, Y, -0.0035)),
)
WINKING_LID = (Term(11, Y, 1e-3), Term(13, Y, -3e-4))
OTHER_LID = (Term(15, Y, 1e-3), Term(16, Y, -3e-4))
WINK = (*WINKING_LID, Term(17, X, 3e-4), Term(17, Y, 3e-4), Term(3, Y, -3e-4))
BROW_UP = (Term(1, Y, 1e-3), Term(2, Y, -1e-3))
BROW_DOWN = (Term(1, X, -1e-3), Term(2, X, 1e-3), Term(1, Y, 3e-4), Term(2, Y, -3e-4))
GAZE_RIGHT = (Term(11, X, 7e-4), Term(15, X, 1e-3))
GAZE_LEFT = (Term(11, X, 1e-3), Term(15, X, 7e-4))
# Looking up by 1 also opens both lids by half of that.
GAZE_UP = (Term(11, Y, -5e-4), Term(15, Y, -5e-4), Term(13, Y, -1.5e-4), Term(16, Y, -1.5e-4))

NEUTRAL_EXPRESSION = (
    (-9.4524e-05, 0.00024222, -4.00974e-05),
    (0.000208596, 0.000468054, 1.27464e-05),
    (-0.000124602, 0.000324972, 4.425e-06),
    (0.000119652, -0.000456624, 5.40852e-05),
    (-0.000265254, -7.4598e-05, -1.55280e-05),
    (-3.34884e-05, -0.000183036, -3.49404e-06),
    (-4.75428e-07, -4.52466e-07, 1.59498e-06),
    (-0.000541296, 0.0026328, 7.2486e-06),
    (-1.1694e-05, 5.00502e-06, 9.9888e-06),
    (8.0286e-07, 5.19132e-06, -0.000409344),
    (0.000166878, -1.9815e-05, -8.8548e-05),
    (-1.51536e-05, 8.2506e-05, 5.94012e-06),
    (-2.61054e-07, 2.7591e-06, 2.21028e-06),
    (-6.6282e-05, -6.8286e-05, -3.45318e-06),
    (-0.00083262, -0.00179592, -2.59176e-06),
    (6.9714e-06, 3.65514e-05, -1.8978e-06),
    (-4.80876e-06, 7.1148e-06, -1.03236e-05),
    (-0.00063684, -0.0011661, 5.62314e-05),
    (0.00028329, -1.45656e-05, 1.09746e-05),
    (-4.16022e-06, -0.0150906, -0.0025494),
    (0.000222474, 0.00562788, 0.00272646),
)


def human_space() -> ExpressionSpace:
    """The released model of human faces."""
    return ExpressionSpace(
        model_id="human",
        lip_mask=mask_of_points(LIP_POINTS, num_keypoints=NUM_KEYPOINTS),
        eye_mask=mask_of_points(EYE_POINTS, num_keypoints=NUM_KEYPOINTS),
        expression_mask=_expression_mask(),
        neutral_expression=torch.tensor(NEUTRAL_EXPRESSION, dtype=torch.float32),
        sliders=(
            _straight("shift_x", SHIFT_X, most=1.0, least=-1.0),
            _straight("shift_y", SHIFT_Y, most=1.0, least=-1.0),
            # The released editor has no blink; this closes both lids as its wink closes one.
            _straight("blink", (*WINKING_LID, *OTHER_LID), most=39.0, least=-10.0),
            _straight("wink", WINK, most=39.0, least=-39.0),
            _bent("gaze_x", GAZE_RIGHT, GAZE_LEFT, most=30.0, least=-30.0),
            _straight("gaze_y", GAZE_UP, most=63.0, least=-63.0),
            _bent("brow", BROW_UP, BROW_DOWN, most=30.0, least=-30.0),
            _straight("smile", SMILE, most=1.3, least=-0.3),
            _straight("grin", GRIN, most=15.0, least=-15.0),
            _straight("mouth_open", MOUTH_OPEN, most=120.0, least=-90.0),
            _straight("pout", POUT, most=0.09, least=-0.09),
            _straight("purse", PURSE, most=15.0, least=-20.0),
        ),
    )


def animal_space() -> ExpressionSpace:
    """The released model of animals: all of the expression moves, and no part of it is named."""
    nothing = torch.zeros(NUM_KEYPOINTS, 3, dtype=torch.bool)
    return ExpressionSpace(
        model_id="animal",
        lip_mask=nothing,
        eye_mask=nothing,
        expression_mask=~nothing,
        neutral_expression=torch.zeros(NUM_KEYPOINTS, 3),
    )


def _expression_mask() -> PointMask:
    mask = mask_of_points(EXPRESSION_POINTS, num_keypoints=NUM_KEYPOINTS)
    mask[[3, 4], Y] = True
    mask[[5, 8], Z] = True
    mask[9, Y:] = True
    return mask


def _straight(name: SliderName, terms: Sequence[Term], *, most: float, least: float) -> Slider:
    return _bent(name, terms, terms, most=most, least=least)


def _bent(
    name: SliderName, above: Sequence[Term], below: Sequence[Term], *, most: float, least: float
) -> Slider:
    """A slider whose ends, `most` and `least` in the released editor's numbers, are 1 and -1 here."""
    return Slider(name=name, positive=_offset(above, most), negative=_offset(below, least))


def _offset(terms: Sequence[Term], value: float) -> ExpressionOffset:
    offset = torch.zeros(NUM_KEYPOINTS, 3)
    for term in terms:
        offset[term.point, term.axis] += term.amount * value
    return offset
