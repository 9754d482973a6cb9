"""From a run's averaged networks to the file that is shipped: half precision, with its origin inside."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from liveportrait.checkpoints.networks_file import FILE_NAME, load_networks, read_provenance, save_networks
from liveportrait.checkpoints.provenance import Provenance
from liveportrait.errors import SettingError

OWN_LICENCE = "LicenseRef-"
"""How SPDX names a licence that is not in its list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedModel:
    """What was written."""

    path: Path
    num_bytes: int
    provenance: Provenance


def export_model(
    run: Path, out: Path, *, licence: str | None = None, origin: str | None = None
) -> ExportedModel:
    """Write `networks.safetensors` in `out` from a stage's folder or its file of averaged networks.

    The licence is the one that the run wrote: of clips whose people gave none, research only.
    `licence` gives it a name of its own and no other meaning; `origin` is said before what
    the run says of itself.
    """
    trained = run / FILE_NAME if run.is_dir() else run
    path = out / FILE_NAME
    provenance = _described(read_provenance(trained), licence=licence, origin=origin)
    save_networks(load_networks(trained), path, provenance=provenance, dtype=torch.float16)
    return ExportedModel(path=path, num_bytes=path.stat().st_size, provenance=provenance)


def _described(provenance: Provenance, *, licence: str | None, origin: str | None) -> Provenance:
    if origin is not None:
        provenance = replace(provenance, origin=f"{origin}; {provenance.origin}")
    if licence is None:
        return provenance
    if not provenance.licence.commercial_use and not licence.startswith(OWN_LICENCE):
        raise SettingError(
            f"the licence {licence} says more than these weights allow: they are {provenance.licence.spdx}, "
            f"without commercial use; expected a name of your own for those terms, {OWN_LICENCE}..."
        )
    return replace(provenance, licence=replace(provenance.licence, spdx=licence))
