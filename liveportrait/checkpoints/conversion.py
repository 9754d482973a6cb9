"""Released checkpoints to one safetensors file of our own format."""

from pathlib import Path

import torch

from liveportrait.checkpoints.loading import check_released_model, load_released_model
from liveportrait.checkpoints.manifest import read_manifest
from liveportrait.checkpoints.networks_file import FILE_NAME, save_networks
from liveportrait.checkpoints.provenance import provenance_of
from liveportrait.checkpoints.released_layout import Species, find_released_model
from liveportrait.checkpoints.verification import Verification, enforce


def convert_released_model(
    source: Path,
    target: Path,
    *,
    species: Species | None = None,
    dtype: torch.dtype = torch.float32,
    verification: Verification = "tell",
) -> Path:
    """Write the released model in the folder `source` into the folder `target`; returns the new file.

    The file holds all networks with spectral norm folded, and notes the licence, the
    origin and the hashes of the checkpoints that it was made from.
    """
    model = find_released_model(source, species=species)
    checks = check_released_model(model, read_manifest())
    enforce(checks, verification=verification)
    networks = load_released_model(model, verification="off")
    path = target / FILE_NAME
    save_networks(networks, path, provenance=provenance_of(checks), dtype=dtype)
    return path
