"""Shards onto disk: complete or absent."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8
from numpy import ndarray
from safetensors.numpy import save

from liveportrait.errors import MediaError
from liveportrait.media.pending_file import make_folder, write_bytes
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
        make_folder(path.parent)
        write_bytes(path, save(contiguous, metadata=dict(metadata)))
    except MediaError as fault:  # of a MediaError preparation says that the clip is unreadable
        raise ShardError(str(fault)) from fault
