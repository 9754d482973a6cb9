"""What the networks were given is kept as it was."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from liveportrait.animator import Animator
from liveportrait.engines.signatures import make_stages
from liveportrait.errors import SettingError
from liveportrait.export.animated_frame import animated_frame_calls, make_animated_frame
from liveportrait.export.recording import FramesConfig, Recording, record
from liveportrait.networks.presets import PortraitNetworks


def outputs_of(networks: PortraitNetworks, name: str, call: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
    stages = {**make_stages(networks), "animated_frame": make_animated_frame(networks)}
    with torch.inference_mode():
        return stages[name].module(*stages[name].signature.in_order(call))


def test_every_frame_is_kept(recording: Recording, frames: FramesConfig) -> None:
    assert len(recording["appearance_feature_extractor"]) == 1
    assert len(recording["renderer"]) == frames.num_frames
    assert len(recording["stitching_network"]) == frames.num_frames
    assert len(recording["motion_extractor"]) == frames.num_frames + 1  # the source's own


def test_calls_are_not_overwritten_by_the_next(recording: Recording) -> None:
    first, second, *_ = (call["kp_driving"] for call in recording["renderer"])
    assert (first - second).abs().max() > 1e-4


def test_the_fused_stage_is_given_what_the_others_were(
    networks: PortraitNetworks, recording: Recording
) -> None:
    """Its picture of the last frame is the renderer's: motion, transfer and stitching agree with the flow."""
    calls = animated_frame_calls(recording, networks)
    assert len(calls) == len(recording["renderer"])
    image, kp_driving = outputs_of(networks, "animated_frame", calls[-1])
    (wanted,) = outputs_of(networks, "renderer", recording["renderer"][-1])
    assert_close(kp_driving, recording["renderer"][-1]["kp_driving"], rtol=0, atol=1e-5)
    assert_close(image, wanted, rtol=0, atol=1e-3)


def test_the_model_goes_on_as_before(tiny_animator: Animator, frames: FramesConfig) -> None:
    before = dict(tiny_animator.model.engines.stages)
    record(tiny_animator.model, tiny_animator.analyzer, replace(frames, num_frames=1))
    assert tiny_animator.model.engines.stages == before


@pytest.mark.parametrize("faulty", [{"num_frames": 0}, {"every": 0}])
def test_no_frames_are_refused(faulty: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match=r"must be 1 or more"):
        FramesConfig(**faulty)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"^driving: .*none.mp4 is missing"):
        FramesConfig(driving=tmp_path / "none.mp4").check()
