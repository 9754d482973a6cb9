"""Every test runs with the shapes and types of all calls into `liveportrait` checked."""

import shutil

import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

install_import_hook("liveportrait", "beartype.beartype")

from liveportrait.checkpoints.loading import load_model  # noqa: E402 (behind the hook)
from liveportrait.networks.presets import PortraitNetworks  # noqa: E402
from tests.oracle import golden, oracle_module  # noqa: E402

# Speed differs between machines; the examples must not.
settings.register_profile("repeatable", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def released_networks(tmp_path_factory: pytest.TempPathFactory) -> PortraitNetworks:
    """The human model from the oracle's checkpoints, through our own loading code.

    Skips where there is no oracle. Half a gigabyte is written and removed again.
    """
    seed = golden("F").seed
    folder = tmp_path_factory.mktemp("released")
    oracle_module("synth_weights").write(folder, seed)
    networks = load_model(folder, verification="off")
    shutil.rmtree(folder)
    return networks
