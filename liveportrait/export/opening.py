"""Exported networks on onnxruntime, after a check that the files are those that were written."""

import hashlib
from pathlib import Path

import torch

from liveportrait.engines.onnxruntime_engine import OnnxRuntimeEngine, why_no_onnxruntime
from liveportrait.engines.protocol import Engine
from liveportrait.errors import EngineUnavailableError, SettingError, WeightsError
from liveportrait.export.manifest import ExportedStage, read_manifest

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
            _checked(folder, stage),
            stage.signature,
            device=device,
            num_threads=num_threads,
            without_optimizers=_NOT_FOR_FP8 if manifest.precision == "fp8" else (),
        )
        for name, stage in manifest.stages.items()
    }


def _checked(folder: Path, stage: ExportedStage) -> bytes:
    path = folder / Path(stage.file).name
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise WeightsError(f"{path} cannot be read ({fault.strerror}); export the model again.") from fault
    if hashlib.sha256(data).hexdigest() != stage.sha256:
        raise WeightsError(
            f"{path} is not the file that its manifest names (sha256 {stage.sha256[:12]}...); export the "
            "model again."
        )
    return data
