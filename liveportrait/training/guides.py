"""Which landmarks guide which keypoints.

The paper guides ten keypoints by landmarks of eyes and lips. With little data it pays to
guide nearly all: 19 of the 21 follow a point of the 478-point face mesh, the last two
are free to find what the face has none for.
"""

from typing import Final

import numpy as np

GUIDE_POINTS: Final = (
    13,  # 0 upper lip, inner edge
    14,  # 1 lower lip, inner edge
    61,  # 2 mouth corner, image left
    291,  # 3 mouth corner, image right
    0,  # 4 upper lip, outer edge
    17,  # 5 lower lip, outer edge
    159,  # 6 upper lid, image left
    145,  # 7 lower lid, image left
    386,  # 8 upper lid, image right
    374,  # 9 lower lid, image right
    468,  # 10 iris, image left
    473,  # 11 iris, image right
    105,  # 12 brow, image left
    334,  # 13 brow, image right
    1,  # 14 nose tip
    152,  # 15 chin
    234,  # 16 side of the face, image left
    454,  # 17 side of the face, image right
    10,  # 18 forehead
)
"""Index in the 478-point mesh of the landmark behind each guided keypoint, in their order."""

NUM_GUIDED: Final = len(GUIDE_POINTS)

NUM_KEYPOINTS: Final = 21

MIRRORED: Final = (0, 1, 3, 2, 4, 5, 8, 9, 6, 7, 11, 10, 13, 12, 14, 15, 17, 16, 18, 19, 20)
"""Where each keypoint goes when the picture is mirrored."""

FREE_KEYPOINTS: Final = np.array([[0.0, 0.85, 0.0], [0.0, -0.65, 0.0]], np.float32)
"""Where the unguided keypoints start in the canonical head: below the chin, above the forehead."""

MOUTH_CORNERS: Final = (2, 3)
LIP_KEYPOINTS: Final = (0, 1, 2, 3, 4, 5)
EYE_KEYPOINTS: Final = (6, 7, 8, 9, 10, 11)
BROW_KEYPOINTS: Final = (12, 13)
CHIN_KEYPOINT: Final = 15

OPENINGS: Final = ((0, 1), (6, 7), (8, 9))
"""Pairs of keypoints whose distance is an opening: lips, left and right eye of the image."""
