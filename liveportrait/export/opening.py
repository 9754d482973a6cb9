"""Exported networks on onnxruntime, after a check that the files are those that were written."""

from pathlib import Path

import torch

from liveportrait.engines.onnxruntime_engine import OnnxRuntimeEngine, why_no_onnxruntime
from liveportrait.engines.protocol import Engine
from liveportrait.errors import EngineUnavailableError, SettingError
from liveportrait.export.manifest import read_graph, read_manifest

_NOT_FOR_FP8 = ("QDQPropagationTransformer",)
"""It makes reshapes in fp8, which onnxruntime then has no kernel for."""


def open_exported(
    folder: Path, *, device: torch.device | None = None, num_threads: int | None = None
) -> dict[str, Engine]:
    """Every stage of an export's folder on onnxruntime, by its name.

    Raises:
        WeightsError: where a file is missing or is not the one that was written.
        SettingError: where the export is for batches: engines here take one picture.
        EngineUnavailableError: where onnxruntime is missing, or has no kernel for a precision.
    """
    device = device or torch.device("cpu")
    why_not = why_no_onnxruntime(device)
    if why_not is not None:
        raise EngineUnavailableError(f"{folder} cannot be run: {why_not}")
    manifest = read_manifest(folder)
    if manifest.batch_size != 1:
        raise SettingError(
            f"{folder} was exported for batches of {manifest.batch_size}; to run it here, export with "
            "--batch-size 1."
        )
    return {
        name: OnnxRuntimeEngine(
            read_graph(folder, stage),
            stage.signature,
            device=device,
            num_threads=num_threads,
            without_optimizers=_NOT_FOR_FP8 if manifest.precision == "fp8" else (),
        )
        for name, stage in manifest.stages.items()
    }
