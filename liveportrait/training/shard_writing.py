"""Shards onto disk: complete or absent."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8
from numpy import ndarray
from safetensors import SafetensorError
from safetensors.numpy import save

from liveportrait.training.shards import ShardError


def write_shard(
    path: Path,
    *,
    frames: UInt8[ndarray, "t s s 3"],
    landmarks: Float32[ndarray, "t 478 3"],
    presence: Float32[ndarray, "t"],
    metadata: Mapping[str, str],
) -> None:
    """One prepared clip, as `shards.py` describes it; landmarks that are no numbers show no face."""
    presence = np.where(np.isfinite(landmarks).all((1, 2)), presence, np.float32(0))
    arrays = {"frames": frames, "landmarks": landmarks, "presence": presence}
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    try:
        write_whole(path, save(contiguous, metadata=dict(metadata)))
    except SafetensorError as fault:
        raise ShardError(f"{path} cannot be written: {fault}") from fault


def write_whole(path: Path, content: bytes) -> None:
    """Write beside the target, then rename: a crash or a full disk leaves no half a file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as fault:
        raise ShardError(f"{path} cannot be written: {fault.strerror}; choose another folder") from fault
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as fault:
        raise ShardError(f"{path} cannot be written: {fault.strerror}; free some space") from fault
    finally:
        Path(temporary).unlink(missing_ok=True)
