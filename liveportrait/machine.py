"""What measurements were taken on, so that they can be compared or not."""

import os
import platform
import subprocess
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

_FEATURES = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
_CHECKOUT = Path(__file__).parents[1]
_PACKAGES = (
    *("torch", "triton", "numpy", "onnxruntime", "onnxruntime-gpu", "openvino", "tensorrt", "tensorrt-rtx"),
    *("av", "opencv-python-headless"),
)
_GPU_FACTS = (
    "name",
    "compute_cap",
    "driver_version",
    "memory.total",
    "power.limit",
    "clocks.sm",
    "clocks.mem",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Hardware, software and how busy it is."""

    cpu: str
    cpu_features: tuple[str, ...]
    num_cores: int
    """That this process may use."""
    memory_gib: float
    device: str
    """The GPU, or that there is none."""
    system: str
    python: str
    packages: dict[str, str]
    commit: str | None
    """Of the checkout, with a plus where files differ from it; None in an installed package."""
    load_average: float
    """Of the last minute, before anything was measured."""
    gpu: dict[str, str] = field(default_factory=dict)
    """What its driver tells of it, clocks at that moment among it; nothing without one of NVIDIA's."""

    @property
    def warning(self) -> str | None:
        """Why timings are not to be believed."""
        if self.load_average <= self.num_cores / 2:
            return None
        return (
            f"the machine is busy: load average {self.load_average:.1f} on {self.num_cores} cores; "
            "wall times and frames a second are too low a bound, core seconds less so"
        )

    def facts(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


def this_machine() -> Machine:
    """Look around."""
    cpu, flags = _cpu()
    return Machine(
        cpu=cpu,
        cpu_features=tuple(name for name in _FEATURES if name in flags),
        num_cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_gib=_memory_gib(),
        device=_gpu(),
        system=platform.platform(),
        python=platform.python_version(),
        packages={name: found for name in _PACKAGES if (found := _version(name))},
        commit=_commit(),
        load_average=os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0,
        gpu=gpu_facts(),
    )


def gpu_facts() -> dict[str, str]:
    """Driver, memory, power limit and present clocks of the first card that nvidia-smi knows."""
    told = _told_by("nvidia-smi", f"--query-gpu={','.join(_GPU_FACTS)}", "--format=csv,noheader")
    lines = (told or "").splitlines()
    values = [value.strip() for value in lines[0].split(",")] if lines else []
    return dict(zip(_GPU_FACTS, values, strict=True)) if len(values) == len(_GPU_FACTS) else {}


def _cpu() -> tuple[str, frozenset[str]]:
    listing = Path("/proc/cpuinfo")
    if not listing.exists():
        return platform.processor() or platform.machine(), frozenset()
    lines = [line.partition(":") for line in listing.read_text().splitlines()]
    facts = {name.strip(): value.strip() for name, _, value in reversed(lines)}
    flags = facts.get("flags", facts.get("Features", ""))
    return facts.get("model name", platform.machine()), frozenset(flags.split())


def _memory_gib() -> float:
    if not hasattr(os, "sysconf"):
        return 0.0
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _gpu() -> str:
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return "Apple GPU" if torch.backends.mps.is_available() else "no GPU"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    if not (_CHECKOUT / ".git").exists():
        return None
    commit = _git("rev-parse", "--short=12", "HEAD")
    return None if commit is None else commit + ("+" if _git("status", "--porcelain", "-uno") else "")


def _git(*arguments: str) -> str | None:
    return _told_by("git", "-C", str(_CHECKOUT), *arguments)


def _told_by(*command: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 (our own words, and no shell)
            command,
            check=True,
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
