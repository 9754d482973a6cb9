"""How far the eyes and lips of a face are open, in each frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Float32
from numpy import ndarray
from torch import Tensor

from liveportrait.motion.state import frames_slice


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Openings:
    """Height over width of each opening, batch first; 0 is closed, a wide open eye has about 0.5."""

    eyes: Float[Tensor, "b 2"]
    """In picture order: the person's right eye first."""
    lips: Float[Tensor, "b 1"]

    def __len__(self) -> int:
        return self.lips.shape[0]

    def __getitem__(self, frames: int | slice) -> "Openings":
        chosen = frames_slice(frames, length=len(self))
        return Openings(eyes=self.eyes[chosen], lips=self.lips[chosen])

    def take(self, rows: Sequence[int]) -> "Openings":
        """Frames in any order, as often as named."""
        chosen = torch.tensor(rows, device=self.lips.device)
        return Openings(eyes=self.eyes[chosen], lips=self.lips[chosen])

    def to(self, device: torch.device | str) -> "Openings":
        return Openings(eyes=self.eyes.to(device), lips=self.lips.to(device))

    def expand(self, num_frames: int) -> "Openings":
        """One frame, seen `num_frames` times; openings of that length are returned as they are."""
        return Openings(eyes=self.eyes.expand(num_frames, 2), lips=self.lips.expand(num_frames, 1))


def openings_from_ratios(*, eyes: Float32[ndarray, "2"], lips: Float32[ndarray, "1"]) -> Openings:
    """What was measured on the landmarks of one frame."""
    return Openings(eyes=torch.from_numpy(eyes)[None], lips=torch.from_numpy(lips)[None])


def concatenate_openings(openings: Sequence[Openings]) -> Openings:
    """One after the other."""
    return Openings(
        eyes=torch.cat([part.eyes for part in openings]), lips=torch.cat([part.lips for part in openings])
    )
