"""Openings are taken, joined and repeated like motion."""

import numpy as np
import pytest
import torch

from liveportrait.motion.openings import concatenate_openings, openings_from_ratios
from tests.motion.samples import random_openings


def test_frames_are_taken_and_joined_again() -> None:
    openings = random_openings(seed=0, num_frames=4)
    joined = concatenate_openings([openings[0], openings[1:3], openings[-1]])
    assert torch.equal(joined.eyes, openings.eyes) and torch.equal(joined.lips, openings.lips)
    with pytest.raises(IndexError):
        openings[4]


def test_one_frame_repeats() -> None:
    openings = random_openings(seed=0).expand(3)
    assert len(openings) == 3 and torch.equal(openings.eyes[2], openings.eyes[0])


def test_measured_ratios_are_one_frame() -> None:
    eyes, lips = np.array([0.3, 0.2], np.float32), np.array([0.1], np.float32)
    openings = openings_from_ratios(eyes=eyes, lips=lips)
    assert len(openings) == 1
    assert openings.eyes.flatten().tolist() == eyes.tolist() and openings.lips.item() == lips[0]


def test_openings_move_to_a_device_as_a_whole() -> None:
    moved = random_openings(seed=0).to("meta")
    assert moved.eyes.device.type == moved.lips.device.type == "meta"
