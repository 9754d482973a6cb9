"""From a run's averaged networks to the file that is shipped: half precision, with its origin inside."""

from dataclasses import dataclass
from pathlib import Path

import torch

from liveportrait.checkpoints.networks_file import FILE_NAME, load_networks, read_provenance, save_networks
from liveportrait.checkpoints.provenance import Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedModel:
    """What was written."""

    path: Path
    num_bytes: int
    provenance: Provenance


def export_model(run: Path, out: Path) -> ExportedModel:
    """Write `networks.safetensors` in `out` from a stage's folder or its file of averaged networks.

    The licence is the one that the run wrote: of clips whose people gave none, research only.
    """
    trained = run / FILE_NAME if run.is_dir() else run
    path = out / FILE_NAME
    provenance = read_provenance(trained)
    save_networks(load_networks(trained), path, provenance=provenance, dtype=torch.float16)
    return ExportedModel(path=path, num_bytes=path.stat().st_size, provenance=provenance)
