"""A tiny model, what its networks are given while it is animated, and its plain export: all made once."""

from pathlib import Path

import pytest

from liveportrait.animator import Animator
from liveportrait.checkpoints.loading import load_model
from liveportrait.export.recording import FramesConfig, Recording, record
from liveportrait.export.writing import export_stages
from liveportrait.networks.presets import PortraitNetworks
from tests.portraits import portrait, swaying, write_picture, write_video


@pytest.fixture(scope="session")
def networks(tiny_model: Path) -> PortraitNetworks:
    return load_model(tiny_model)


@pytest.fixture(scope="session")
def frames(tmp_path_factory: pytest.TempPathFactory) -> FramesConfig:
    folder = tmp_path_factory.mktemp("frames")
    return FramesConfig(
        source=write_picture(folder / "portrait.png", portrait()),
        driving=write_video(folder / "driving.mp4", swaying(5)),
        num_frames=3,
        every=2,
    )


@pytest.fixture(scope="session")
def recording(tiny_animator: Animator, frames: FramesConfig) -> Recording:
    return record(tiny_animator.model, tiny_animator.analyzer, frames)


@pytest.fixture(scope="session")
def plain_export(networks: PortraitNetworks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All stages in fp32."""
    folder = tmp_path_factory.mktemp("export") / "plain"
    export_stages(networks, folder)
    return folder
