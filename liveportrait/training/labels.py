"""What landmarks say about a head's motion: the teacher of the motion extractor.

A face is taken as a weak-perspective picture of a rigid head plus expression:
x = scale * (canonical @ rotation + expression) + translation, the model's own equation.
Coordinates are those of the crop, -1..1, x right, y down, z into the image.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from liveportrait.motion.head_pose import HeadPose, fit_head_pose
from liveportrait.training.guides import FREE_KEYPOINTS, GUIDE_POINTS, NUM_KEYPOINTS

UNIT_CM = 20.0
"""Length that a canonical coordinate of 1 stands for; it puts scales near those of the released model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionLabels:
    """What a motion extractor should say of every frame of one clip."""

    pose: HeadPose
    canonical_keypoints: Float[ndarray, "k 3"]
    """One set for the clip: its person at rest."""
    keypoints: Float[ndarray, "t k 3"]
    """Where the keypoints are."""
    expression: Float[ndarray, "t k 3"]


def label_clip(landmarks: Float[ndarray, "t 478 3"], head: Float[ndarray, "m 3"]) -> MotionLabels:
    """Motion of one person's frames; what no frame tells apart from identity counts as identity."""
    pose = fit_head_pose(landmarks, head)
    # The method carries depth of translation and does not apply it: every head stands at depth 0.
    depth = pose.translation * np.array([0, 0, 1], np.float32)
    pose = replace(pose, translation=pose.translation - depth)
    guided = landmarks[:, list(GUIDE_POINTS)] - depth[:, None]
    straight = ((guided - pose.translation[:, None]) / pose.scale[:, None, None]) @ pose.rotation.transpose(
        0, 2, 1
    )
    canonical = np.concatenate((np.median(straight, 0), FREE_KEYPOINTS)).astype(np.float32)
    rigid = pose.scale[:, None, None] * (canonical @ pose.rotation) + pose.translation[:, None]
    keypoints = rigid.copy()
    keypoints[:, : guided.shape[1]] = guided
    expression = (keypoints - rigid) / pose.scale[:, None, None]
    assert keypoints.shape[1] == NUM_KEYPOINTS
    return MotionLabels(
        pose=pose,
        canonical_keypoints=canonical,
        keypoints=keypoints.astype(np.float32),
        expression=expression.astype(np.float32),
    )
