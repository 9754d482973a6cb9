"""A TensorRT without a GPU: it knows one network, reads and writes at addresses, and is strict.

The network is `total = first - 3 * second` and `largest = max(first)`; its tensors
are listed in an order of their own.
"""

import ctypes
import enum
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, TypeAlias

from liveportrait.engines.protocol import Signature, TensorSpec
from liveportrait.engines.tensorrt_package import TensorRt, TensorRtName, make_logger

SIGNATURE = Signature(
    name="fake",
    inputs=(TensorSpec(name="first", shape=(2, 3)), TensorSpec(name="second", shape=(2, 3))),
    outputs=(TensorSpec(name="total", shape=(2, 3)), TensorSpec(name="largest", shape=(1,))),
)
PLAN = b"plan of the fake"
SIDE_STREAM = 7
CARD = b"this card:"


class Severity(enum.Enum):
    INTERNAL_ERROR = 0
    ERROR = 1
    WARNING = 2
    INFO = 3
    VERBOSE = 4


class ILogger:
    Severity = Severity


class DataType(enum.Enum):
    FLOAT = 0
    HALF = 1


class TensorIOMode(enum.Enum):
    INPUT = 1
    OUTPUT = 2


TensorFacts: TypeAlias = tuple[TensorIOMode, tuple[int, ...], DataType]

TENSORS: dict[str, TensorFacts] = {
    "largest": (TensorIOMode.OUTPUT, (1, 1), DataType.FLOAT),
    "second": (TensorIOMode.INPUT, (1, 2, 3), DataType.FLOAT),
    "total": (TensorIOMode.OUTPUT, (1, 2, 3), DataType.FLOAT),
    "first": (TensorIOMode.INPUT, (1, 2, 3), DataType.FLOAT),
}


@dataclass
class World:
    """What a test may change, and what it may look at."""

    tensors: dict[str, TensorFacts] = field(default_factory=lambda: dict(TENSORS))
    has_memory: bool = True
    runs: bool = True
    addresses: list[dict[str, int]] = field(default_factory=list)
    """Of every run."""
    freed: list[str] = field(default_factory=list)
    loaded_kernels: bytes = b""


class Context:
    def __init__(self, world: World, config: "Config | None") -> None:
        self.world, self.config = world, config
        self.bound: dict[str, int] = {}

    def __del__(self) -> None:
        self.world.freed.append("context")

    def set_tensor_address(self, name: str, address: int) -> bool:
        assert type(address) is int
        if name not in self.world.tensors:
            return False
        assert address % 16 == 0, "TensorRT wants aligned memory"
        self.bound[name] = address
        return True

    def execute_async_v3(self, stream_handle: int) -> bool:
        assert stream_handle == SIDE_STREAM, "the default stream waits for everything"
        assert self.bound.keys() == TENSORS.keys(), "a tensor has no address"
        self.world.addresses.append(dict(self.bound))
        if not self.world.runs:
            return False
        first, second, total = (floats(self.bound[name], 6) for name in ("first", "second", "total"))
        total[:] = [a - 3 * b for a, b in zip(first, second, strict=True)]
        floats(self.bound["largest"], 1)[0] = max(first)
        if self.config is not None and self.config.cache is not None:
            self.config.cache.content = CARD + b"compiled"
        return True


def floats(address: int, count: int) -> Any:
    return (ctypes.c_float * count).from_address(address)


class Cache:
    def __init__(self) -> None:
        self.content = b""

    def serialize(self) -> bytes:
        return self.content

    def deserialize(self, blob: bytes) -> bool:
        if not blob.startswith(CARD):
            return False
        self.content = blob
        return True


class Config:
    def __init__(self, world: World) -> None:
        self.world = world
        self.cuda_graph_strategy = "disabled"
        self.cache: Cache | None = None

    def create_runtime_cache(self) -> Cache:
        return Cache()

    def set_runtime_cache(self, cache: Cache) -> bool:
        self.cache = cache
        self.world.loaded_kernels = cache.content
        return True


class Engine:
    def __init__(self, world: World) -> None:
        self.world = world
        self.num_io_tensors = len(world.tensors)

    def __del__(self) -> None:
        self.world.freed.append("engine")

    def get_tensor_name(self, index: int) -> str:
        return list(self.world.tensors)[index]

    def get_tensor_mode(self, name: str) -> TensorIOMode:
        return self.world.tensors[name][0]

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        return self.world.tensors[name][1]

    def get_tensor_dtype(self, name: str) -> DataType:
        return self.world.tensors[name][2]

    def create_runtime_config(self) -> Config:
        return Config(self.world)

    def create_execution_context(self, config: Config | None = None) -> Context | None:
        assert config is None or config.cuda_graph_strategy == "whole graph"
        return Context(self.world, config) if self.world.has_memory else None


class Runtime:
    def __init__(self, world: World, logger: object) -> None:
        assert isinstance(logger, ILogger)
        self.world = world

    def __del__(self) -> None:
        self.world.freed.append("runtime")

    def deserialize_cuda_engine(self, plan: bytes) -> Engine | None:
        return Engine(self.world) if plan == PLAN else None


def make_fake(name: TensorRtName, world: World) -> TensorRt:
    """The fake as a package that was loaded."""
    module = SimpleNamespace(
        __version__="1.7.1" if name == "tensorrt-rtx" else "11.4.0",
        ILogger=ILogger,
        DataType=DataType,
        TensorIOMode=TensorIOMode,
        CudaGraphStrategy=SimpleNamespace(WHOLE_GRAPH_CAPTURE="whole graph"),
        Runtime=lambda logger: Runtime(world, logger),
    )
    return TensorRt(name=name, module=module, logger=make_logger(module))


class FakeStream:
    """Runs at once, and remembers what was promised to be equal."""

    def __init__(self) -> None:
        self.keys: list[Hashable] = []

    def run(self, work: Callable[[int], None], *, key: Hashable) -> None:
        self.keys.append(key)
        work(SIDE_STREAM)
