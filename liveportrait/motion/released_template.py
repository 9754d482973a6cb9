"""Motion templates of the released model (`.pkl`), as any of its versions wrote them.

n_frames, output_fps, motion: a dict a frame with scale (1, 1), R or R_d (1, 3, 3), exp (1, 21, 3),
t (1, 3) and, since 2024, kp; c_eyes_lst or c_d_eyes_lst (1, 2) a frame, c_lip_lst or c_d_lip_lst (1, 1).
Animals have no ratios.
"""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from liveportrait.errors import TemplateError
from liveportrait.motion.openings import Openings
from liveportrait.motion.pickle_machine import load_pickled_arrays
from liveportrait.motion.pickled_array import PickledArray
from liveportrait.motion.state import Motion
from liveportrait.motion.template import MotionTemplate

NUM_KEYPOINTS = 21
EYE_LISTS = ("c_eyes_lst", "c_d_eyes_lst")
LIP_LISTS = ("c_lip_lst", "c_d_lip_lst")


def load_released_template(path: Path) -> MotionTemplate:
    """Import a `.pkl` template; nothing in it is run.

    Without eye and lip ratios it is an animal's. Canonical keypoints, which no transfer reads from
    the driver, are zeros where the file has none.
    """
    content = load_pickled_arrays(path)
    if not isinstance(content, dict) or not isinstance(content.get("motion"), list):
        raise TemplateError(f"{path}: this pickle is no motion template: it has no list 'motion'.")
    frames = content["motion"]
    if content.get("n_frames", len(frames)) != len(frames):
        raise TemplateError(f"{path}: it says {content['n_frames']} frames and has {len(frames)}.")
    openings = _openings(content, len(frames), path)
    try:
        return MotionTemplate(
            model_id="animal" if openings is None else "human",
            fps=_fps(content.get("output_fps"), path),
            motion=_motion(frames, path),
            openings=openings,
            note=f"imported from {path.name}",
        )
    except TemplateError as error:
        raise error if str(path) in str(error) else TemplateError(f"{path}: {error}") from error


def _motion(frames: list[Any], path: Path) -> Motion:
    expression = _stacked(_entries(frames, ("exp",), path), (NUM_KEYPOINTS, 3), path)
    has_keypoints = bool(frames) and all(isinstance(frame, dict) and "kp" in frame for frame in frames)
    canonical = _stacked(_entries(frames, ("kp",), path), (NUM_KEYPOINTS, 3), path) if has_keypoints else None
    return Motion(
        rotation=_stacked(_entries(frames, ("R", "R_d"), path), (3, 3), path),
        expression=expression,
        scale=_stacked(_entries(frames, ("scale",), path), (1,), path),
        translation=_stacked(_entries(frames, ("t",), path), (3,), path),
        canonical_keypoints=torch.zeros_like(expression) if canonical is None else canonical,
    )


def _openings(content: dict[Any, Any], num_frames: int, path: Path) -> Openings | None:
    """Eye and lip ratios, where the file has both."""
    eyes = next((content[name] for name in EYE_LISTS if name in content), None)
    lips = next((content[name] for name in LIP_LISTS if name in content), None)
    if eyes is None and lips is None:
        return None
    if not isinstance(eyes, list) or not isinstance(lips, list) or not len(eyes) == len(lips) == num_frames:
        raise TemplateError(f"{path}: expected one eye and one lip ratio for each of {num_frames} frames.")
    return Openings(eyes=_stacked(eyes, (2,), path), lips=_stacked(lips, (1,), path))


def _entries(frames: list[Any], names: tuple[str, ...], path: Path) -> list[Any]:
    """Of each frame the entry that has one of these names."""
    found = [
        next((frame[name] for name in names if name in frame), None) if isinstance(frame, dict) else None
        for frame in frames
    ]
    if any(entry is None for entry in found):
        raise TemplateError(f"{path}: a frame of its motion has no {' or '.join(names)}.")
    return found


def _stacked(entries: list[Any], shape: tuple[int, ...], path: Path) -> Tensor:
    """One array a frame, each of a batch of one, as one fp32 tensor."""
    for entry in entries:
        if not isinstance(entry, PickledArray) or entry.shape != (1, *shape):
            got = entry.shape if isinstance(entry, PickledArray) else type(entry).__name__
            raise TemplateError(f"{path}: expected an array of shape {(1, *shape)} a frame; got {got}.")
    arrays = [entry.to_numpy().astype(np.float32) for entry in entries]
    return torch.from_numpy(np.concatenate(arrays)) if arrays else torch.zeros(0, *shape)


def _fps(value: Any, path: Path) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1000:
        raise TemplateError(f"{path}: expected output_fps, a number from 1 to 1000.")
    return Fraction(value).limit_denominator(1001)
