"""The TensorRT engine against a strict fake of the package: what is bound where, what is said of faults."""

import logging
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from liveportrait.engines import tensorrt_engine
from liveportrait.engines.protocol import Engine
from liveportrait.engines.tensorrt_engine import TensorRtEngine
from liveportrait.engines.tensorrt_package import TensorRtName
from liveportrait.errors import EngineUnavailableError
from tests.engines.fake_tensorrt import (
    CARD,
    PLAN,
    SIGNATURE,
    DataType,
    FakeStream,
    TensorFacts,
    TensorIOMode,
    World,
    make_fake,
)

CPU = torch.device("cpu")
NAMES: tuple[TensorRtName, ...] = ("tensorrt-rtx", "tensorrt")


@pytest.fixture(autouse=True)
def _aligned_as_memory_of_a_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensorrt_engine, "ALIGNMENT_BYTES", 16)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def stream() -> FakeStream:
    return FakeStream()


@pytest.fixture(params=NAMES)
def engine(request: pytest.FixtureRequest, world: World, stream: FakeStream) -> TensorRtEngine:
    return opened(world, stream, name=request.param)


def opened(
    world: World,
    stream: FakeStream,
    *,
    name: TensorRtName = "tensorrt-rtx",
    plan: bytes = PLAN,
    jit_cache: Path | None = None,
) -> TensorRtEngine:
    fake = make_fake(name, world)
    return TensorRtEngine(plan, SIGNATURE, fake, device=CPU, stream=stream, jit_cache=jit_cache)


def some_inputs(*, batch: int = 1, seed: int = 0) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    first, second = torch.rand(2, batch, 2, 3, generator=generator)
    return {"first": first.clone(), "second": second.clone()}


def check(results: dict[str, Tensor], inputs: dict[str, Tensor]) -> None:
    assert_close(results["total"], inputs["first"] - 3 * inputs["second"])
    assert_close(results["largest"], inputs["first"].amax((1, 2)).unsqueeze(1))


def test_tensors_go_by_name_and_not_by_position(engine: TensorRtEngine) -> None:
    assert isinstance(engine, Engine)
    inputs = some_inputs()
    check(engine(dict(reversed(inputs.items()))), inputs)


def test_inputs_are_bound_where_they_lie(engine: TensorRtEngine, world: World) -> None:
    inputs = some_inputs()
    engine(inputs)
    assert {name: world.addresses[-1][name] for name in inputs} == {
        name: value.data_ptr() for name, value in inputs.items()
    }


def test_results_are_written_into_the_callers_buffers(engine: TensorRtEngine, world: World) -> None:
    inputs, buffer = some_inputs(), torch.zeros(1, 2, 3)
    results = engine(inputs, outputs={"total": buffer})
    assert results["total"] is buffer
    assert world.addresses[-1]["total"] == buffer.data_ptr()
    check(results, inputs)


@pytest.mark.parametrize(
    "buffer", [torch.zeros(1, 3, 2).mT, torch.zeros(1, 2, 3, dtype=torch.float64)], ids=["strided", "double"]
)
def test_buffers_that_cannot_be_bound_are_filled_all_the_same(buffer: Tensor, engine: TensorRtEngine) -> None:
    inputs = some_inputs()
    results = engine(inputs, outputs={"total": buffer})
    assert results["total"] is buffer
    assert_close(buffer.float(), inputs["first"] - 3 * inputs["second"])


def test_inputs_need_not_be_contiguous(engine: TensorRtEngine) -> None:
    inputs = {name: value.mT.contiguous().mT for name, value in some_inputs().items()}
    check(engine(inputs), inputs)


def test_a_batch_is_its_items(engine: TensorRtEngine) -> None:
    inputs = some_inputs(batch=3)
    buffer = torch.zeros(3, 2, 3)
    check(engine(inputs, outputs={"total": buffer}), inputs)
    assert_close(buffer, inputs["first"] - 3 * inputs["second"])


def test_a_run_is_known_again_by_its_addresses(engine: TensorRtEngine, stream: FakeStream) -> None:
    """What a CUDA graph was recorded with must be what it is replayed with."""
    inputs, others = some_inputs(), some_inputs(seed=1)
    for given in (inputs, others, inputs):
        engine(given)
    assert stream.keys[0] == stream.keys[2] != stream.keys[1]
    engine(inputs, outputs={"largest": torch.zeros(1, 1)})
    assert stream.keys[3] not in stream.keys[:3]


@pytest.mark.parametrize(
    "change",
    [
        {"first": (TensorIOMode.INPUT, (1, 2, 4), DataType.FLOAT)},
        {"first": (TensorIOMode.INPUT, (1, 2, 3), DataType.HALF)},
        {"first": (TensorIOMode.OUTPUT, (1, 2, 3), DataType.FLOAT)},
        {"third": (TensorIOMode.INPUT, (1,), DataType.FLOAT)},
    ],
    ids=["shape", "precision", "direction", "one too many"],
)
def test_the_plan_of_another_network_is_refused(change: dict[str, TensorFacts], world: World) -> None:
    world.tensors |= change
    with pytest.raises(EngineUnavailableError, match="Build it again"):
        opened(world, FakeStream())


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_that_cannot_be_loaded_says_why_it_may_be(name: TensorRtName, world: World) -> None:
    with pytest.raises(EngineUnavailableError, match=f"{name} .* cannot load .* driver"):
        opened(world, FakeStream(), name=name, plan=b"of another version")


def test_a_full_memory_is_named(world: World) -> None:
    world.has_memory = False
    with pytest.raises(EngineUnavailableError, match="memory"):
        opened(world, FakeStream())


def test_a_run_that_fails_is_no_result(engine: TensorRtEngine, world: World) -> None:
    world.runs = False
    with pytest.raises(RuntimeError, match="failed to run the fake"):
        engine(some_inputs())


def test_everything_is_freed_in_order(engine: TensorRtEngine, world: World) -> None:
    engine(some_inputs())
    for _ in range(2):
        engine.close()
    assert world.freed == ["context", "engine", "runtime"]


def test_compiled_kernels_are_kept_for_the_next_process(world: World, tmp_path: Path) -> None:
    file = tmp_path / "new" / "fake.kernels"
    for expected in (b"", CARD + b"compiled"):
        engine = opened(world, FakeStream(), jit_cache=file)
        assert world.loaded_kernels == expected
        engine(some_inputs())
        engine.close()
    assert file.read_bytes() == CARD + b"compiled"
    assert [path.name for path in file.parent.iterdir()] == ["fake.kernels"]


def test_who_never_closes_keeps_the_kernels_of_the_first_run(world: World, tmp_path: Path) -> None:
    opened(world, FakeStream(), jit_cache=tmp_path / "fake.kernels")(some_inputs())
    assert (tmp_path / "fake.kernels").read_bytes() == CARD + b"compiled"


def test_kernels_of_another_card_are_compiled_anew(world: World, tmp_path: Path) -> None:
    file = tmp_path / "fake.kernels"
    file.write_bytes(b"another card:compiled")
    engine = opened(world, FakeStream(), jit_cache=file)
    assert world.loaded_kernels == b""
    check(engine(some_inputs()), some_inputs())
    engine.close()
    assert file.read_bytes() == CARD + b"compiled"


def test_a_folder_that_cannot_be_written_costs_only_time(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    engine = opened(world, FakeStream(), jit_cache=tmp_path / "file" / "fake.kernels")
    engine(some_inputs())
    engine.close()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_tensorrt_itself_compiles_nothing_on_the_card(world: World, tmp_path: Path) -> None:
    engine = opened(world, FakeStream(), name="tensorrt", jit_cache=tmp_path / "fake.kernels")
    engine(some_inputs())
    engine.close()
    assert not any(tmp_path.iterdir())
