"""From a network to a TensorRT engine: ONNX graph, plan from the cache, stream."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from liveportrait.engines.artifact_cache import artifact_key, cache_dir, load_or_make
from liveportrait.engines.launch_streams import RecordingStream, SideStream
from liveportrait.engines.onnx_conversion import to_onnx
from liveportrait.engines.protocol import Signature
from liveportrait.engines.tensorrt_engine import TensorRtEngine
from liveportrait.engines.tensorrt_package import TensorRt, TensorRtName, load_tensorrt
from liveportrait.engines.tensorrt_plan import build_plan

_FILE = "network.plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorRtOpener:
    """Opens networks on one of the two packages; an `OpenEngine`."""

    name: TensorRtName

    def __call__(
        self, module: nn.Module, signature: Signature, *, device: torch.device, num_threads: int | None
    ) -> TensorRtEngine:
        """A network that is ready; a GPU has no use for a number of threads."""
        return _open(self.name, module, signature, device)


def _open(
    name: TensorRtName, module: nn.Module, signature: Signature, device: torch.device
) -> TensorRtEngine:
    trt = load_tensorrt(name)
    card = f"{torch.cuda.get_device_name(device)} {torch.cuda.get_device_capability(device)}"
    key = artifact_key(module, str(signature), name, trt.version, torch.__version__, card)
    with torch.cuda.device(device):
        plan = _plan(f"{signature.name}-{name}-{key}", module, signature, trt)
        return TensorRtEngine(
            plan,
            signature,
            trt,
            device=torch.device("cuda", torch.cuda.current_device()),
            stream=SideStream(device) if trt.compiles_on_the_card else RecordingStream(device),
            jit_cache=cache_dir() / f"{signature.name}-{name}-{key}.kernels",
        )


def _plan(name: str, module: nn.Module, signature: Signature, trt: TensorRt) -> bytes:
    def load(folder: Path) -> bytes:
        return (folder / _FILE).read_bytes()

    def make() -> bytes:
        return build_plan(to_onnx(module, signature).SerializeToString(), trt)

    def save(plan: bytes, folder: Path) -> None:
        (folder / _FILE).write_bytes(plan)

    return load_or_make(name, load=load, make=make, save=save)
