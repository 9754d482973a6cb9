"""From a folder of exported graphs to a folder of TensorRT plans, with a manifest."""

import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from liveportrait.engines.artifact_cache import load_or_make
from liveportrait.engines.export_manifest import read_graph, read_manifest
from liveportrait.engines.tensorrt_package import Capability, TensorRt, TensorRtName, load_tensorrt
from liveportrait.engines.tensorrt_package import logger as package_logger
from liveportrait.engines.tensorrt_plan import build_plan
from liveportrait.errors import SettingError
from liveportrait.export.new_folder import new_folder

logger = logging.getLogger(__name__)

FILE_NAME = "plans.json"
FORMAT = "liveportrait-plans/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanConfig:
    """What plans are built for."""

    package: TensorRtName = "tensorrt-rtx"
    """tensorrt-rtx needs no GPU to build; tensorrt builds for the card that is here."""
    capabilities: tuple[Capability, ...] = ()
    """Cards that tensorrt-rtx builds for: 8.6 is RTX 30, 8.9 RTX 40 and L4, 12.0 RTX 50. Left out, one plan
    for all from RTX 30 on."""

    def __post_init__(self) -> None:
        if self.package == "tensorrt" and self.capabilities:
            raise SettingError(
                "tensorrt builds for the card that is here; name no capabilities, or take tensorrt-rtx."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One file."""

    file: str
    sha256: str
    num_bytes: int
    of: str
    """sha256 of the graph that it was built from."""
    core_seconds: float
    """That building took, on all threads; 0 where the plan came from the cache."""
    said: tuple[str, ...]
    """The package's warnings; from a cached plan there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlansManifest:
    """All plans of one export."""

    model: str
    precision: str
    package: TensorRtName
    version: str
    """Of the package: only this very version loads them."""
    capabilities: tuple[str, ...]
    plans: dict[str, Plan]

    def facts(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"format": FORMAT, **asdict(self)}


def build_plans(exported: Path, folder: Path, *, config: PlanConfig | None = None) -> PlansManifest:
    """Write one plan for each graph of an export, `<stage>.plan`, and `plans.json`, into a new folder.

    Raises:
        WeightsError: when the export is not what its manifest says.
        EngineUnavailableError: when the package is not here, or cannot convert a graph.
        SettingError: when the folder is in use.
        MediaError: when it cannot be written.
    """
    config = config or PlanConfig()
    manifest = read_manifest(exported)
    trt = load_tensorrt(config.package)
    with new_folder(folder) as place:
        plans = {
            name: _build(read_graph(exported, stage), place / f"{name}.plan", trt, config)
            for name, stage in manifest.stages.items()
        }
        built = PlansManifest(
            model=manifest.model,
            precision=manifest.precision,
            package=trt.name,
            version=trt.version,
            capabilities=config.capabilities,
            plans=plans,
        )
        (place / FILE_NAME).write_text(json.dumps(built.facts(), indent=1) + "\n")
    return built


def _build(onnx: bytes, file: Path, trt: TensorRt, config: PlanConfig) -> Plan:
    of = hashlib.sha256(onnx).hexdigest()
    started = time.process_time()
    with _warnings() as said:
        content = _cached(
            f"{trt.name}-{trt.version}-{'-'.join(config.capabilities)}-{of}",
            lambda: build_plan(onnx, trt, capabilities=config.capabilities),
        )
    file.write_bytes(content)
    plan = Plan(
        file=file.name,
        sha256=hashlib.sha256(content).hexdigest(),
        num_bytes=len(content),
        of=of,
        core_seconds=round(time.process_time() - started, 2),
        said=tuple(said),
    )
    logger.info("%s: %.1f MB", plan.file, plan.num_bytes / 1e6)
    return plan


def _cached(name: str, make: Callable[[], bytes]) -> bytes:
    def load(folder: Path) -> bytes:
        return (folder / "network.plan").read_bytes()

    def save(plan: bytes, folder: Path) -> None:
        (folder / "network.plan").write_bytes(plan)

    return load_or_make(name, load=load, make=make, save=save)


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """What the package warns of, each once."""
    said: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage() not in said:
                said.append(record.getMessage())

    listener = Listener(level=logging.WARNING)
    package_logger.addHandler(listener)
    try:
        yield said
    finally:
        package_logger.removeHandler(listener)
