"""What the user may say about engines, and what the machine has."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch

from liveportrait.choices import check_choices
from liveportrait.engines.protocol import EngineName, Precision
from liveportrait.errors import EngineUnavailableError, SettingError

EngineSetting = EngineName | Literal["auto"]
PrecisionSetting = Precision | Literal["auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineConfig:
    """What runs the networks."""

    engine: EngineSetting = "auto"
    """auto takes the fastest that is installed and computes rightly on this machine; torch-compiled, which
    takes minutes to open at first, and torch-cuda-graphs, which nobody has seen run, only by name."""
    precision: PrecisionSetting = "auto"
    """Of appearance and rendering; motion is always fp32. auto takes the fastest that looks the same."""
    device: str = "auto"
    """cpu, cuda, cuda:1, mps; auto takes a GPU where there is one, and the CPU if no engine works on it."""
    exported: Path | None = None
    """A folder that `liveportrait export` wrote of this very model: its graphs run as they are, in their own
    precision, by OpenVINO (where exported with --sampling atlas), onnxruntime or TensorRT. So int8 is had."""
    num_threads: int | None = None
    """For the CPU; None takes one for each core, and one for the small networks that find faces.
    With the torch engine it holds for the whole process."""

    def __post_init__(self) -> None:
        check_choices(self)
        if self.exported is not None and self.precision != "auto":
            raise SettingError(
                f"precision is {self.precision}, and an export has its own; leave one of the two out."
            )
        if self.num_threads is not None and self.num_threads < 1:
            raise SettingError(f"num_threads is {self.num_threads}; give 1 or more, or leave it out.")


def find_device(name: str) -> torch.device:
    """The device of that name, if this machine has it."""
    if name == "auto":
        return torch.device(next(kind for kind in ("cuda", "mps", "cpu") if _is_present(kind)))
    try:
        device = torch.device(name)
    except RuntimeError as fault:
        raise SettingError(f"There is no device {name!r}; name cpu, cuda, cuda:1, mps or auto.") from fault
    if not _is_present(device.type):
        raise EngineUnavailableError(
            f"The device {name!r} was asked for, and this installation of PyTorch {torch.__version__} "
            "finds none. Choose device cpu, or install a PyTorch build and a driver for it."
        )
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise EngineUnavailableError(
            f"The device {name!r} was asked for; there are {torch.cuda.device_count()}, counted from cuda:0."
        )
    return device


def devices_to_try(name: str) -> tuple[torch.device, ...]:
    """The device of that name; for auto the CPU comes after a GPU."""
    device = find_device(name)
    is_only = name != "auto" or device.type == "cpu"
    return (device,) if is_only else (device, torch.device("cpu"))


def has_fast_bf16(device: torch.device) -> bool:
    """Whether bf16 beats fp32: emulated it is ten times slower, and Intel's without AMX is no faster."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    capabilities = _cpu_capabilities()
    is_intel = "Intel" in capabilities.get("cpu_name", "")
    has_vectors = capabilities.get("avx512_bf16", False) and not is_intel
    return device.type == "cpu" and (has_vectors or capabilities.get("amx_bf16", False))


def cpu_facts() -> str:
    """What code that was compiled for this processor depends on."""
    return f"{platform.machine()} {sorted(_cpu_capabilities().items())}"


def _cpu_capabilities() -> Mapping[str, Any]:
    """PyTorch tells them since 2.7 or later; before, there are none, which is on the safe side."""
    return getattr(torch.cpu, "get_capabilities", dict)()


def _is_present(device_type: str) -> bool:
    match device_type:
        case "cpu":
            return True
        case "cuda":
            return torch.cuda.is_available()
        case "mps":
            return torch.backends.mps.is_available()
        case _:
            return False
