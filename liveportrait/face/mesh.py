"""Which of the 478 mesh points is what; right and left are the person's.

Numbers as MediaPipe's face mesh defines them: 468 points on the skin, then five on each iris.
"""

NUM_POINTS = 478

RIGHT_EYE_CORNERS = (33, 133)
"""Outer, inner."""
LEFT_EYE_CORNERS = (263, 362)
"""Outer, inner."""
