"""When a native kernel is taken, and that a wrong one never is."""

import importlib.util
import logging
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from liveportrait.ops import native
from liveportrait.ops.native import SWITCH, NativeOperation
from tests.fake_gpu import OnGpu

Operation = NativeOperation[[Tensor], Tensor]


def double(x: Tensor) -> Tensor:
    return 2 * x


@pytest.fixture
def operation() -> Operation:
    """Its examples stay on the CPU, whatever device they are wanted on."""
    return NativeOperation(
        name="double",
        folder="double",
        reference=double,
        example=lambda _device: (torch.arange(3.0),),
        tolerance=1e-6,
    )


@pytest.fixture
def kernels(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A folder of kernels, and a Triton."""
    folder = SimpleNamespace(double=lambda x: x + x)
    monkeypatch.setattr(native, "load_kernels", lambda _folder: folder)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())
    monkeypatch.delenv(SWITCH, raising=False)
    return folder


def test_a_kernel_that_agrees_is_taken(operation: Operation, kernels: SimpleNamespace) -> None:
    assert operation.on(OnGpu()) is kernels.double


def test_tensors_on_the_cpu_stay_in_torch(operation: Operation, kernels: SimpleNamespace) -> None:
    assert operation.on(torch.zeros(1)) is double
    assert operation.on(OnGpu(), torch.zeros(1)) is double


def test_without_triton_torch_computes(
    operation: Operation, kernels: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert operation.on(OnGpu()) is double


def test_the_switch_leaves_everything_to_torch(
    operation: Operation, kernels: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SWITCH, "off")
    assert operation.on(OnGpu()) is double


@pytest.mark.parametrize("wrong", [1e-3, torch.nan])
def test_a_kernel_that_is_wrong_is_passed_over_and_named(
    wrong: float, operation: Operation, kernels: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    kernels.double = lambda x: 2 * x + wrong
    assert operation.on(OnGpu()) is double
    assert operation.on(OnGpu()) is double
    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "double is off by" in warning.message


def test_a_kernel_that_does_not_compile_is_passed_over(
    operation: Operation, kernels: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_x: Tensor) -> Tensor:
        raise RuntimeError("ptxas is missing")

    kernels.double = fail
    assert operation.on(OnGpu()) is double
    assert "ptxas is missing" in caplog.text


def test_a_kernel_is_tried_once(operation: Operation, kernels: SimpleNamespace) -> None:
    calls = []
    kernels.double = lambda x: calls.append(x) or 2 * x
    for _ in range(3):
        operation.on(OnGpu())
    assert len(calls) == 1


def test_training_stays_in_torch(operation: Operation, kernels: SimpleNamespace) -> None:
    weight = OnGpu().requires_grad_()
    assert operation.on(weight) is double
    with torch.no_grad():
        assert operation.on(weight) is kernels.double


def test_traced_graphs_hold_torch_operations(operation: Operation, kernels: SimpleNamespace) -> None:
    forms, on_gpu = [], OnGpu()

    def call(x: Tensor) -> Tensor:
        forms.append(operation.on(on_gpu))
        return 2 * x

    torch.jit.trace(call, torch.zeros(1), check_trace=False)
    assert forms == [double]


def test_every_operation_has_its_folder() -> None:
    from liveportrait.ops import mask_warp, modulation, pasting, picture_bytes

    operations = (
        mask_warp._OPERATION,
        modulation._OPERATION,
        pasting._OPERATION,
        picture_bytes._TO_IMAGE,
        picture_bytes._TO_BYTES,
    )
    for operation in operations:
        file = native._ROOTS[1] / operation.folder / "triton_kernel.py"
        assert f"def {operation.name}(" in file.read_text()
