"""What a head does in each frame: its motion, and the keypoints that follow from it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from liveportrait.motion.rotation import rotation_from_degrees
from liveportrait.networks.motion_extractor import NUM_POSE_BINS, MotionPrediction
from liveportrait.tensors import Degrees, Keypoints, Rotation, Scale, Translation

DEGREES_PER_BIN = 3.0
FIRST_BIN_DEG = -97.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Motion:
    """The motion of a head over a batch of frames (or of several heads in one frame)."""

    rotation: Rotation
    expression: Keypoints
    """Offsets of the keypoints, in the head's own axes and size."""
    scale: Scale
    translation: Translation
    canonical_keypoints: Keypoints
    """The person's keypoints at rest, looking ahead."""

    def keypoints(self) -> Keypoints:
        """scale (canonical rotation + expression) + translation in x and y (paper, equation 2).

        The translation's z is carried and not applied, as in the released model.
        """
        return self._turned() + torch.nn.functional.pad(self.translation[:, None, :2], (0, 1))

    def keypoints_with_depth(self) -> Keypoints:
        """`keypoints()` with the translation's z applied: what the released editor feeds the warp."""
        return self._turned() + self.translation[:, None, :]

    def _turned(self) -> Keypoints:
        return self.scale[:, :, None] * (self.canonical_keypoints @ self.rotation + self.expression)

    @property
    def num_keypoints(self) -> int:
        return self.expression.shape[1]

    def __len__(self) -> int:
        return self.scale.shape[0]

    def __getitem__(self, frames: int | slice) -> "Motion":
        """Some frames; a single one stays a batch of one."""
        chosen = frames_slice(frames, length=len(self))
        return self._each(lambda values: values[chosen])

    def take(self, rows: Sequence[int]) -> "Motion":
        """Frames in any order, as often as named."""
        return self._each(lambda values: values[torch.tensor(rows, device=values.device)])

    def __iter__(self) -> Iterator["Motion"]:
        return (self[index] for index in range(len(self)))

    def to(self, device: torch.device | str) -> "Motion":
        return self._each(lambda values: values.to(device))

    def expand(self, num_frames: int) -> "Motion":
        """One frame, seen `num_frames` times; a motion of that length is returned as it is."""
        return self._each(lambda values: values.expand(num_frames, *values.shape[1:]))

    def _each(self, change: Callable[[Tensor], Tensor]) -> "Motion":
        return Motion(**{field.name: change(getattr(self, field.name)) for field in fields(self)})


def concatenate(motions: Sequence[Motion]) -> Motion:
    """One motion after the other."""
    names = [field.name for field in fields(Motion)]
    return Motion(**{name: torch.cat([getattr(motion, name) for motion in motions]) for name in names})


def motion_from_prediction(prediction: MotionPrediction) -> Motion:
    """What the motion extractor read off a crop, with its pose logits as a rotation."""
    return Motion(
        rotation=rotation_from_degrees(
            pitch=degrees_from_logits(prediction.pitch),
            yaw=degrees_from_logits(prediction.yaw),
            roll=degrees_from_logits(prediction.roll),
        ),
        expression=prediction.expression,
        scale=prediction.scale,
        translation=prediction.translation,
        canonical_keypoints=prediction.canonical_keypoints,
    )


def degrees_from_logits(logits: Tensor) -> Degrees:
    """The expected angle of 66 bins of 3 degrees, -97.5..97.5."""
    bins = torch.arange(NUM_POSE_BINS, dtype=logits.dtype, device=logits.device)
    return (logits.softmax(dim=-1) * bins).sum(dim=-1) * DEGREES_PER_BIN + FIRST_BIN_DEG


def frames_slice(frames: int | slice, *, length: int) -> slice:
    """An index or slice as a slice; an index beyond the end raises, so that iteration stops."""
    if isinstance(frames, slice):
        return frames
    if not -length <= frames < length:
        raise IndexError(f"frame {frames} of {length}")
    first = frames % length
    return slice(first, first + 1)
