"""What is made once and kept on disk: converted networks, and what a self-test expects."""

import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

logger = logging.getLogger(__name__)

_Artifact = TypeVar("_Artifact")

_DECIDING_PACKAGES = ("engines", "networks", "ops")
"""Their code decides what an artifact holds."""


def cache_dir() -> Path:
    """The folder LIVEPORTRAIT_CACHE, or one in the user's cache; it may be deleted at any time."""
    chosen = os.environ.get("LIVEPORTRAIT_CACHE")
    of_user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "liveportrait"
    return (Path(chosen) if chosen else of_user) / "engines"


def artifact_key(module: nn.Module, *facts: str) -> str:
    """Differs whenever weights, structure, the library's code or one of the facts differ."""
    digest = hashlib.blake2b(digest_size=16)
    for fact in (*facts, str(module), _code_digest()):
        digest.update(fact.encode() + b"\0")
    for name, value in module.state_dict().items():
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    return digest.hexdigest()


def graph_key(content: bytes, *facts: str) -> str:
    """Differs whenever a graph, the library's code or one of the facts differ."""
    digest = hashlib.blake2b(content, digest_size=16)
    for fact in (*facts, _code_digest()):
        digest.update(b"\0" + fact.encode())
    return digest.hexdigest()


def load_or_make(
    name: str,
    *,
    load: Callable[[Path], _Artifact],
    make: Callable[[], _Artifact],
    save: Callable[[_Artifact, Path], None],
) -> _Artifact:
    """An artifact from its folder in the cache; what is not there is made, and kept if that is possible.

    The folder appears complete or not at all, also when two processes make it at once. One that
    cannot be read is made anew.
    """
    folder = cache_dir() / name
    if folder.is_dir():
        try:
            return load(folder)
        except Exception as fault:  # every reader has its own way to say that a file is damaged
            logger.warning("%s is damaged (%s) and is made anew.", folder, fault)
            shutil.rmtree(folder, ignore_errors=True)
    logger.info("Making %s, once; it is kept in %s.", name, folder.parent)
    artifact = make()
    try:
        _keep(artifact, folder, save)
    except (OSError, RuntimeError) as fault:  # engines report a full disk as a RuntimeError
        logger.warning("%s cannot be kept (%s), so every start takes longer.", folder, fault)
    return artifact


def _keep(artifact: _Artifact, folder: Path, save: Callable[[_Artifact, Path], None]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder.parent))
    try:
        save(artifact, unfinished)
        if not folder.is_dir():
            unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


@cache
def _code_digest() -> str:
    digest = hashlib.blake2b(digest_size=16)
    package = Path(__file__).resolve().parents[1]
    for name in _DECIDING_PACKAGES:
        for file in sorted((package / name).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()
