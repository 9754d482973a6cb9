"""What every named part of a network gives out, under the oracle's names."""

from types import TracebackType
from typing import Any

import numpy as np
from torch import Tensor, nn

from liveportrait.checkpoints.adapters import ADAPTERS
from liveportrait.networks.presets import PortraitNetworks
from tests.oracle import oracle_module


class Trace:
    """Records the outputs of the submodules of one released file while it is open."""

    def __init__(self, networks: PortraitNetworks, *, component: str, golden: Any) -> None:
        self.golden = golden
        self.outputs: dict[str, Tensor] = {}
        self.handles = [
            module.register_forward_hook(self._record(name))
            for name in {name.split("/")[1] for name in golden.names() if name.startswith("trace/")}
            if (module := find(networks, component, name)) is not None
        ]

    def __enter__(self) -> "Trace":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None
    ) -> None:
        for handle in self.handles:
            handle.remove()

    def check(self) -> int:
        """Compare with the goldens in the order of the forward; returns how many outputs there were."""
        for name, output in self.outputs.items():
            values = output.numpy().reshape(-1)
            index = oracle_module("synth_weights").raw(0, f"trace:{name}", 24) % np.uint64(values.size)
            self.golden.check(f"trace/{name}/shape", output.shape)
            self.golden.check(f"trace/{name}/probe", values[index.astype(np.int64)])
        return len(self.outputs)

    def _record(self, name: str) -> Any:
        return lambda _module, _inputs, output: self.outputs.update({name: output})


def find(networks: PortraitNetworks, component: str, name: str) -> nn.Module | None:
    """Our counterpart of a released submodule; None where it is no module of ours, as activations."""
    (adapter,) = (adapter for adapter in ADAPTERS if adapter.component == component)
    # The adapters lead to parameters, which some blocks of ours keep one level further down.
    path = adapter.rename(f"{name}.").removesuffix(".").removesuffix(".block")
    if ".downsample." in path:
        path = path.removesuffix(".norm")
    try:
        return networks.get_submodule(path)
    except AttributeError:
        return None
