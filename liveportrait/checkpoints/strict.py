"""Putting tensors into networks, all of them and nothing else."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from liveportrait.errors import WeightsError
from liveportrait.networks.presets import PortraitNetworks, Preset

MAX_NAMED = 6
"""How many names an error lists of each kind."""


def empty_networks(preset: Preset) -> PortraitNetworks:
    """The networks without any values: no time and memory goes into an initialisation that is thrown away."""
    with torch.device("meta"):
        return PortraitNetworks(preset)


def fill(
    networks: PortraitNetworks, tensors: Mapping[str, Tensor], *, parts: tuple[str, ...], path: Path
) -> None:
    """Put `tensors`, read from `path`, into the networks that `parts` names.

    Names and shapes must be exactly those of the networks; values take the networks'
    dtype, so that a file may hold half precision.
    """
    expected = {name: value for name, value in networks.state_dict().items() if name.split(".")[0] in parts}
    check_fit(expected, tensors, path)
    # A copy: the tensors may still be a view of the file.
    state = {name: tensors[name].to(value.dtype, copy=True).contiguous() for name, value in expected.items()}
    networks.load_state_dict(state, strict=False, assign=True)


def check_fit(expected: Mapping[str, Tensor], got: Mapping[str, Tensor], path: Path) -> None:
    """Raise unless `got`, read from `path`, has exactly the names and shapes of `expected`."""
    faults = [
        _listed("missing", [name for name in expected if name not in got]),
        _listed("unexpected", [name for name in got if name not in expected]),
        _listed("of another shape", [_shapes(name, expected, got) for name in expected if name in got]),
    ]
    if any(faults):
        raise WeightsError(
            f"{path} does not fit the network: {'; '.join(filter(None, faults))}. Check that the file and "
            "the model belong together; converted checkpoints must hold the whole network."
        )


def _shapes(name: str, expected: Mapping[str, Tensor], got: Mapping[str, Tensor]) -> str:
    wanted, found = tuple(expected[name].shape), tuple(got[name].shape)
    return "" if wanted == found else f"{name} (expected {wanted}, found {found})"


def _listed(kind: str, names: list[str]) -> str:
    names = [name for name in names if name]
    if not names:
        return ""
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return f"{kind}: {', '.join(names[:MAX_NAMED])}{more}"
