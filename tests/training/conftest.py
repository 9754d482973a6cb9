"""Drawn people, made once for all tests of training."""

from pathlib import Path

import pytest
from jaxtyping import Float
from numpy import ndarray

from liveportrait.checkpoints.bundled import bundled_weights_dir
from liveportrait.training.drawn_faces import DrawnFacesConfig, write_drawn_clips
from liveportrait.training.shards import Shard, load_reference_head, open_shards


@pytest.fixture(scope="session")
def head() -> Float[ndarray, "m 3"]:
    return load_reference_head(bundled_weights_dir() / "face" / "canonical_face.safetensors")


@pytest.fixture(scope="session")
def drawn_folder(tmp_path_factory: pytest.TempPathFactory, head: Float[ndarray, "m 3"]) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    write_drawn_clips(folder, head, DrawnFacesConfig(num_clips=3, frames_per_clip=13), seed=0)
    return folder


@pytest.fixture(scope="session")
def drawn_shards(drawn_folder: Path, head: Float[ndarray, "m 3"]) -> tuple[Shard, ...]:
    return open_shards(drawn_folder, head)
