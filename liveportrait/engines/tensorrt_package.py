"""TensorRT and TensorRT-RTX behind one face: two packages with nearly one interface.

TensorRT-RTX is one pip install, builds on any machine for the GeForce cards and compiles the
rest on the card itself. TensorRT builds for the card that it runs on and knows data-centre
cards too. Both sample volumes themselves: the first since 1.6, the second since 11.2.1.
"""

import importlib
import importlib.util
import logging
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import torch

from liveportrait.errors import EngineUnavailableError

logger = logging.getLogger(__name__)

TensorRtName = Literal["tensorrt-rtx", "tensorrt"]
"""Also the name of the extra that installs it."""

Capability = Literal["7.5", "8.0", "8.6", "8.9", "12.0", "12.1"]
"""A generation of cards: 8.6 is RTX 30, 8.9 is RTX 40 and L4, 12.0 is RTX 50."""

_MODULES: dict[TensorRtName, str] = {"tensorrt-rtx": "tensorrt_rtx", "tensorrt": "tensorrt"}
_LEAST_VERSIONS: dict[TensorRtName, tuple[int, ...]] = {"tensorrt-rtx": (1, 6), "tensorrt": (11, 2, 1)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TensorRt:
    """A package that is here."""

    name: TensorRtName
    module: Any
    logger: Any
    """Writes what the package says into Python's log."""

    @property
    def version(self) -> str:
        return self.module.__version__

    @property
    def builds_for_other_cards(self) -> bool:
        """Whether capabilities can be asked for; otherwise the card that is here is built for."""
        return self.name == "tensorrt-rtx"

    @property
    def compiles_on_the_card(self) -> bool:
        """Whether a plan is finished at the first run, with CUDA graphs of its own."""
        return self.name == "tensorrt-rtx"


@cache
def load_tensorrt(name: TensorRtName) -> TensorRt:
    """Import a package, once in a process.

    Raises:
        EngineUnavailableError: when it is not installed, too old, or cannot be loaded.
    """
    install = f"pip install 'liveportrait[{name}]'"
    try:
        module = importlib.import_module(_MODULES[name])
    except ImportError as fault:
        raise EngineUnavailableError(f"{name} cannot be imported ({fault}); {install}.") from fault
    least = _LEAST_VERSIONS[name]
    if _numbers(module.__version__) < least:
        raise EngineUnavailableError(
            f"{name} {'.'.join(map(str, least))} or later is needed to sample volumes; "
            f"{module.__version__} is installed. {install} --upgrade"
        )
    return TensorRt(name=name, module=module, logger=make_logger(module))


def why_no_tensorrt(name: TensorRtName, device: torch.device) -> str | None:
    """Why a package cannot run on a device; None if it can be tried."""
    if device.type != "cuda":
        return f"it runs on an NVIDIA GPU with a driver, not on {device}; name such a device."
    if importlib.util.find_spec(_MODULES[name]) is None:
        return f"it is not installed; pip install 'liveportrait[{name}]'."
    capability = ".".join(map(str, torch.cuda.get_device_capability(device)))
    if name == "tensorrt-rtx" and torch.cuda.get_device_capability(device) in ((9, 0), (10, 0)):
        return f"it has no code for cards of compute capability {capability}; use tensorrt there."
    return None


def make_logger(module: Any) -> Any:
    """What the package says, at Python's levels; its own information is detail to us."""
    severity = module.ILogger.Severity
    levels = {
        severity.INTERNAL_ERROR: logging.ERROR,
        severity.ERROR: logging.ERROR,
        severity.WARNING: logging.WARNING,
    }

    class PythonLogger(module.ILogger):
        def __init__(self) -> None:
            module.ILogger.__init__(self)

        def log(self, level: Any, message: str) -> None:
            logger.log(levels.get(level, logging.DEBUG), "%s", message)

    return PythonLogger()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
