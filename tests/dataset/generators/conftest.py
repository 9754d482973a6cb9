"""Pipelines of diffusers here are tiny and random, and nothing may ask the network for more."""

import socket
from importlib.util import find_spec
from typing import Any, NoReturn

import pytest

collect_ignore_glob = (
    [] if find_spec("diffusers") else ["arc2face/*", "pulid/*", "text_to_image/*", "test_diffusion.py"]
)
"""What needs the extra `generators`, where it is not installed."""


class NetworkTouchedError(AssertionError):
    """A test tried to reach beyond this process."""


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are not resolved and nothing is connected to; the hub's client knows that it is offline."""

    def refuse(*arguments: Any, **options: Any) -> NoReturn:
        raise NetworkTouchedError(f"a test reached for the network: {arguments}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    if find_spec("huggingface_hub"):
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
