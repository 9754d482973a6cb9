"""The graphs of an export on an engine that reads them, after a check that they are what was written."""

from pathlib import Path
from typing import Literal

import torch

from liveportrait.engines.catalogue import ENGINE_KINDS
from liveportrait.engines.export_manifest import ExportedGraph, ExportManifest, read_graph, read_manifest
from liveportrait.engines.protocol import Engine
from liveportrait.errors import EngineUnavailableError, SettingError

GraphReader = Literal["onnxruntime", "openvino"]
"""The engines that run a graph as it was exported on a CPU."""

_READERS = {kind.name: kind for kind in ENGINE_KINDS if kind.open_graph is not None}


def open_exported(
    folder: Path,
    *,
    reader: GraphReader = "onnxruntime",
    device: torch.device | None = None,
    num_threads: int | None = None,
) -> dict[str, Engine]:
    """Every stage of an export's folder, by its name.

    Raises:
        WeightsError: where a file is missing or is not the one that was written.
        SettingError: where the export is for batches: engines here take one picture.
        EngineUnavailableError: where the engine is missing, or has no kernel for the graphs.
    """
    device, kind = device or torch.device("cpu"), _READERS[reader]
    assert kind.open_graph is not None
    why_not = kind.why_not(device)
    if why_not is not None:
        raise EngineUnavailableError(f"{folder} cannot be run by {reader}: {why_not}")
    manifest = read_manifest(folder)
    return {
        name: kind.open_graph(read_stage(folder, manifest, name), device=device, num_threads=num_threads)
        for name in manifest.stages
    }


def read_stage(folder: Path, manifest: ExportManifest, name: str) -> ExportedGraph:
    """One stage of an export.

    Raises:
        WeightsError: where its file is missing or is not the one that was written.
        SettingError: where the export is for batches.
    """
    if manifest.batch_size != 1:
        raise SettingError(
            f"{folder} was exported for batches of {manifest.batch_size}; to run it here, export with "
            "--batch-size 1."
        )
    stage = manifest.stages[name]
    return ExportedGraph(
        content=read_graph(folder, stage),
        signature=stage.signature,
        precision=manifest.precision,
        sampling=manifest.sampling,
    )
