"""A TensorRT plan as an engine: tensors are bound where they lie, by name, and nothing is copied."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from liveportrait.engines.launch_streams import LaunchStream
from liveportrait.engines.protocol import Signature, deliver
from liveportrait.engines.single_items import item_by_item
from liveportrait.engines.tensorrt_jit_cache import JitCache
from liveportrait.engines.tensorrt_package import TensorRt
from liveportrait.errors import EngineUnavailableError

ALIGNMENT_BYTES = 256
"""As CUDA's own memory has it; a part of a larger tensor may lie otherwise and is copied."""


class TensorRtEngine:
    """Runs one network, picture by picture."""

    def __init__(
        self,
        plan: bytes,
        signature: Signature,
        trt: TensorRt,
        *,
        device: torch.device,
        stream: LaunchStream,
        jit_cache: Path | None = None,
    ) -> None:
        self._signature, self._device, self._stream = signature, device, stream
        # Freed in the order context, engine, runtime: each holds the ones before.
        self._runtime = trt.module.Runtime(trt.logger)
        self._engine = self._runtime.deserialize_cuda_engine(plan)
        if self._engine is None:
            raise EngineUnavailableError(
                f"{trt.name} {trt.version} cannot load the plan of the {signature.name} on {device}: it was "
                "built by another version or for another card, or there is no driver. Its log says more (-v)."
            )
        _check_tensors(self._engine, signature, trt)
        self._jit_cache = JitCache(self._engine, trt, jit_cache) if trt.compiles_on_the_card else None
        self._context: Any = (
            self._engine.create_execution_context(self._jit_cache.config)
            if self._jit_cache is not None
            else self._engine.create_execution_context()
        )
        if self._context is None:
            raise EngineUnavailableError(
                f"{trt.name} cannot prepare the {signature.name} on {device}: most likely its memory is full."
            )
        self._results = {
            spec.name: torch.empty((1, *spec.shape), device=device) for spec in signature.outputs
        }
        self._has_run = False

    @property
    def signature(self) -> Signature:
        return self._signature

    @property
    def device(self) -> torch.device:
        return self._device

    def __call__(
        self, inputs: Mapping[str, Tensor], *, outputs: Mapping[str, Tensor] | None = None
    ) -> dict[str, Tensor]:
        buffers = {name: buffer for name, buffer in (outputs or {}).items() if self._can_bind(buffer)}
        if len(next(iter(inputs.values()))) > 1:
            buffers = {}

        def run(item: Mapping[str, Tensor]) -> dict[str, Tensor]:
            return self._run(item, self._results | buffers)

        results = deliver(item_by_item(run, self._signature, inputs), outputs)
        if not self._has_run and self._jit_cache is not None:
            self._jit_cache.save()  # not everybody closes what they open
        self._has_run = True
        return results

    def close(self) -> None:
        if self._jit_cache is not None:
            self._jit_cache.save()
        self._context = self._jit_cache = self._engine = self._runtime = None

    def _can_bind(self, buffer: Tensor) -> bool:
        """Whether results can be written there at once."""
        alike = buffer.dtype == torch.float32 and buffer.device == self._device
        return alike and buffer.is_contiguous() and not buffer.data_ptr() % ALIGNMENT_BYTES

    def _run(self, inputs: Mapping[str, Tensor], results: Mapping[str, Tensor]) -> dict[str, Tensor]:
        bound = {name: _aligned(value.detach().contiguous()) for name, value in inputs.items()}
        bound |= {name: results[name] for name in self._signature.output_names}
        for name, value in bound.items():
            assert value.dtype == torch.float32 and value.device == self._device
            if not self._context.set_tensor_address(name, value.data_ptr()):
                raise RuntimeError(f"TensorRT takes no address for {name} of the {self._signature.name}")
        self._stream.run(self._launch, key=tuple(value.data_ptr() for value in bound.values()))
        return {name: bound[name] for name in self._signature.output_names}

    def _launch(self, stream_handle: int) -> None:
        if not self._context.execute_async_v3(stream_handle):
            raise RuntimeError(f"TensorRT failed to run the {self._signature.name}; its log says why (-v).")


def _aligned(tensor: Tensor) -> Tensor:
    return tensor.clone() if tensor.data_ptr() % ALIGNMENT_BYTES else tensor


def _check_tensors(engine: Any, signature: Signature, trt: TensorRt) -> None:
    """That the plan is of this network: names, directions, shapes and precision, whatever their order."""
    modes = trt.module.TensorIOMode
    wanted = {
        spec.name: (mode, (1, *spec.shape), trt.module.DataType.FLOAT)
        for mode, specs in ((modes.INPUT, signature.inputs), (modes.OUTPUT, signature.outputs))
        for spec in specs
    }
    names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
    found = {
        name: (
            engine.get_tensor_mode(name),
            tuple(engine.get_tensor_shape(name)),
            engine.get_tensor_dtype(name),
        )
        for name in names
    }
    if found != wanted:
        raise EngineUnavailableError(
            f"The plan has the tensors {found}; the {signature.name} has {wanted}. Build it again."
        )
