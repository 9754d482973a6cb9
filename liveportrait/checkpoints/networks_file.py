"""The library's own format: all networks of one model in one safetensors file, with where they come from."""

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from liveportrait.checkpoints.manifest import Licence
from liveportrait.checkpoints.provenance import UNKNOWN_LICENCE, Provenance
from liveportrait.checkpoints.reading import read_metadata, read_tensors
from liveportrait.checkpoints.strict import empty_networks, fill
from liveportrait.errors import WeightsError
from liveportrait.media.pending_file import make_folder, pending_file, write_error
from liveportrait.networks.presets import PRESETS, PortraitNetworks, Preset

FILE_NAME = "networks.safetensors"
"""In the folder of a model."""

FORMAT = "liveportrait-networks/1"


def save_networks(
    networks: PortraitNetworks,
    path: Path,
    *,
    provenance: Provenance,
    dtype: torch.dtype = torch.float32,
) -> None:
    """Write all networks of a model; the file appears complete or not at all.

    `dtype` is that of the matrices and kernels. Vectors (biases, statistics of norms) stay
    in fp32: they weigh nothing, and small variances are lost in half precision.
    """
    state = {name: _stored(value, dtype) for name, value in networks.state_dict().items()}
    metadata = {
        "format": FORMAT,
        "preset": networks.preset.name,
        "licence": provenance.licence.spdx,
        "commercial_use": "yes" if provenance.licence.commercial_use else "no",
        "origin": provenance.origin,
    }
    _write(state, path, metadata=metadata)


def load_networks(path: Path) -> PortraitNetworks:
    """The networks of a file that `save_networks` wrote: fp32, on the CPU, ready to run."""
    networks = empty_networks(read_preset(path))
    parts = tuple(name for name, _ in networks.named_children())
    fill(networks, read_tensors(path), parts=parts, path=path)
    return networks.eval().requires_grad_(requires_grad=False)


def find_networks_file(path: Path, *, preset_name: str | None = None) -> Path | None:
    """The file of our own format at a path or in a folder; with a preset, only if it holds that one."""
    file = path if path.is_file() else path / FILE_NAME
    if not file.is_file() or (preset_name is not None and read_preset(file).name != preset_name):
        return None
    return file


def read_preset(path: Path) -> Preset:
    """Which member of the family a file holds."""
    metadata = _own_metadata(path)
    for preset in PRESETS:
        if preset.name == metadata.get("preset"):
            return preset
    raise WeightsError(
        f"{path} holds a model of the preset {metadata.get('preset')!r}: this version knows "
        f"{', '.join(preset.name for preset in PRESETS)}. Update the library, or use another file."
    )


def read_provenance(path: Path) -> Provenance:
    """Where the weights of a file come from."""
    metadata = _own_metadata(path)
    return Provenance(
        licence=Licence(
            spdx=metadata.get("licence", UNKNOWN_LICENCE.spdx),
            commercial_use=metadata.get("commercial_use") == "yes",
        ),
        origin=metadata.get("origin", "unknown"),
    )


def _write(state: dict[str, Tensor], path: Path, *, metadata: dict[str, str]) -> None:
    make_folder(path.parent)
    pending = pending_file(path)
    try:
        save_file(state, pending.path, metadata=metadata)
        pending.commit()
    except (OSError, SafetensorError) as error:  # a full disk is either
        pending.discard()
        raise write_error(path, error) from error


def _stored(value: Tensor, dtype: torch.dtype) -> Tensor:
    is_vector = value.ndim < 2 or not value.is_floating_point()
    return (value if is_vector else value.to(dtype)).detach().cpu().contiguous()


def _own_metadata(path: Path) -> dict[str, str]:
    metadata = read_metadata(path)
    if metadata.get("format") != FORMAT:
        raise WeightsError(
            f"{path} is no file of whole models: expected the format {FORMAT!r} in its notes, found "
            f"{metadata.get('format')!r}. For the released checkpoints name their folder."
        )
    return metadata
