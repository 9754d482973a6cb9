"""Every test runs with the shapes and types of all calls into `liveportrait` checked."""

import logging
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from jaxtyping import config, install_import_hook

from tests.oracle import golden, oracle_module

if TYPE_CHECKING:
    from liveportrait.animator import Animator
    from liveportrait.networks.presets import PortraitNetworks

# Before anything of the package is imported.
install_import_hook("liveportrait", "beartype.beartype")

# Speed differs between machines; the examples must not.
settings.register_profile("repeatable", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True, scope="session")
def converted_networks_stay_with_the_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test fills the user's cache, or finds there what another version left."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVEPORTRAIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True, scope="session")
def ctrl_c_reaches_children() -> None:
    """A shell lets what it starts in the background ignore Ctrl-C, and so would every command tested here."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def no_type_checks_while_tracing() -> Iterator[None]:
    """The shapes that a traced module sees are tensors themselves."""
    import torch

    trace = torch.jit.trace

    def trace_unchecked(*args: Any, **kwargs: Any) -> Any:
        config.update("jaxtyping_disable", True)
        try:
            return trace(*args, **kwargs)
        finally:
            config.update("jaxtyping_disable", False)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.jit, "trace", trace_unchecked)
        yield


@pytest.fixture
def types_unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for users: nobody but the library's own code looks at what it is given."""
    monkeypatch.setattr(config, "jaxtyping_disable", True)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """A command sets up logging for its process; the next test must not write to the streams of the last."""
    loggers = [logging.getLogger(), logging.getLogger("liveportrait")]
    before = [(logger.level, logger.propagate, list(logger.handlers)) for logger in loggers]
    yield
    for logger, (level, propagate, handlers) in zip(loggers, before, strict=True):
        logger.setLevel(level)
        logger.propagate = propagate
        logger.handlers[:] = handlers


@pytest.fixture(scope="session")
def oracle_checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The oracle's checkpoints in the human layout, half a gigabyte; skips where there is no oracle."""
    seed = golden("F").seed
    folder = tmp_path_factory.mktemp("released")
    oracle_module("synth_weights").write(folder, seed)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def released_networks(oracle_checkpoints: Path) -> "PortraitNetworks":
    """The human model from the oracle's checkpoints, through our own loading code."""
    from liveportrait.checkpoints.loading import load_model

    return load_model(oracle_checkpoints, verification="off")


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model of the tiny preset: random weights, so its pictures are noise that moves."""
    from tests.tiny_model import write_tiny_model

    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def tiny_animator(tiny_model: Path) -> "Animator":
    """The tiny model at work with the default face analyser."""
    from liveportrait.animator import Animator
    from liveportrait.engines.config import EngineConfig

    return Animator.load(tiny_model, engine=EngineConfig(engine="torch", precision="fp32", device="cpu"))
