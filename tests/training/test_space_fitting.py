from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from jaxtyping import Float
from numpy import ndarray
from torch import nn
from torch.testing import assert_close

from liveportrait.checkpoints.networks_file import FILE_NAME, save_networks
from liveportrait.checkpoints.provenance import Provenance
from liveportrait.errors import SettingError
from liveportrait.face.loading import load_face_landmarker
from liveportrait.motion.space_file import load_expression_space
from liveportrait.networks.presets import TINY, PortraitNetworks
from liveportrait.portrait_model import EXPRESSION_SPACE_FILE
from liveportrait.training.drawn_faces import DrawnFacesConfig, write_drawn_clips
from liveportrait.training.face_signals import face_signals
from liveportrait.training.shards import Shard, open_shards
from liveportrait.training.space_fitting import SpaceFitConfig, calibrate, fit_space
from liveportrait.training.training_provenance import RESEARCH_ONLY

JAW, LID = 3, 7
"""Keypoints that the extractor below moves with the mouth and with the first eye."""


@pytest.fixture(scope="module")
def talking_folder(tmp_path_factory: pytest.TempPathFactory, head: Float[ndarray, "m 3"]) -> Path:
    folder = tmp_path_factory.mktemp("talking")
    write_drawn_clips(folder, head, DrawnFacesConfig(num_clips=5, frames_per_clip=80), seed=1)
    return folder


@pytest.fixture(scope="module")
def talking(talking_folder: Path, head: Float[ndarray, "m 3"]) -> Sequence[Shard]:
    return open_shards(talking_folder, head)


def config_for(folder: Path, **changes: Any) -> SpaceFitConfig:
    return SpaceFitConfig(data=(folder,), model_id="drawn-1", frame_stride=1, **changes)


class KnowingExtractor(nn.Module):
    """Is told the clips in the order in which it will be asked for them."""

    def __init__(self, shards: Sequence[Shard]) -> None:
        super().__init__()
        landmarker = load_face_landmarker()
        signals = [face_signals(shard.landmarks, size_px=256, landmarker=landmarker) for shard in shards]
        self._lips = np.concatenate([clip["lip_open"] for clip in signals])
        self._eyes = np.concatenate([clip["first_eye_open"] for clip in signals])

    def forward(self, images: torch.Tensor) -> SimpleNamespace:
        assert images.shape[1:] == (3, 256, 256)
        count = len(images)
        lips, eyes = torch.from_numpy(self._lips[:count]), torch.from_numpy(self._eyes[:count])
        self._lips, self._eyes = self._lips[count:], self._eyes[count:]
        expression = torch.zeros(count, 21, 3)
        expression[:, JAW, 1], expression[:, LID, 1] = lips, -eyes
        return SimpleNamespace(expression=expression)


def test_sliders_lead_where_the_extractor_put_the_movements(
    talking: Sequence[Shard], talking_folder: Path
) -> None:
    found = calibrate(
        KnowingExtractor(talking), talking, load_face_landmarker(), config_for(talking_folder), input_px=256
    )
    opening = found.space.slider("mouth_open").positive
    assert opening[JAW, 1] > 5 * opening[LID, 1].abs()
    shutting = found.space.slider("blink").positive
    assert shutting[LID, 1] > 5 * shutting[JAW, 1].abs()
    fits = {fit.name: fit.correlation for fit in found.fits}
    assert fits["mouth_open"] > 0.95
    assert found.space.lip_mask.any(1).nonzero().flatten().tolist() == [0, 1, 2, 3, 4, 5, 15]


def test_without_guides_the_sets_are_what_moves(talking: Sequence[Shard], talking_folder: Path) -> None:
    config = config_for(talking_folder, keypoint_sets="movements")
    found = calibrate(KnowingExtractor(talking), talking, load_face_landmarker(), config, input_px=256)
    assert set(found.space.lip_mask.any(1).nonzero().flatten().tolist()) <= {JAW, LID}


def test_the_space_lies_beside_the_networks(tmp_path: Path, talking_folder: Path) -> None:
    torch.manual_seed(0)
    provenance = Provenance(licence=RESEARCH_ONLY, origin="")
    save_networks(PortraitNetworks(TINY), tmp_path / FILE_NAME, provenance=provenance)
    written = fit_space(tmp_path, config_for(talking_folder)).space
    read = load_expression_space(tmp_path / EXPRESSION_SPACE_FILE)
    assert read.model_id == "drawn-1"
    assert_close(read.neutral_expression, written.neutral_expression)


def test_clips_that_are_too_short_are_named(talking: Sequence[Shard], talking_folder: Path) -> None:
    config = config_for(talking_folder, min_frames=1000)
    with pytest.raises(SettingError, match="no shard has the 1000 frames"):
        calibrate(KnowingExtractor(talking), talking, load_face_landmarker(), config, input_px=256)
