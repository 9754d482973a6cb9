"""The graphs of an export on an engine that reads them, after a check that they are what was written."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import torch

from liveportrait.engines.export_manifest import ExportedGraph, ExportManifest, read_graph, read_manifest
from liveportrait.engines.onnxruntime_engine import open_onnxruntime_graph, why_no_onnxruntime
from liveportrait.engines.openvino_engine import open_openvino_graph, why_no_openvino
from liveportrait.engines.protocol import Engine
from liveportrait.errors import EngineUnavailableError, SettingError

GraphReader = Literal["onnxruntime", "openvino"]
"""The engines that run a graph as it was exported."""

_OPENERS = {"onnxruntime": open_onnxruntime_graph, "openvino": open_openvino_graph}
_REFUSALS = {"onnxruntime": why_no_onnxruntime, "openvino": why_no_openvino}


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
    device = device or torch.device("cpu")
    why_not = _REFUSALS[reader](device)
    if why_not is not None:
        raise EngineUnavailableError(f"{folder} cannot be run by {reader}: {why_not}")
    manifest = read_manifest(folder)
    return {
        name: _OPENERS[reader](graph, device=device, num_threads=num_threads)
        for name, graph in read_graphs(folder, manifest, manifest.stages).items()
    }


def read_graphs(folder: Path, manifest: ExportManifest, names: Iterable[str]) -> dict[str, ExportedGraph]:
    """These stages of an export.

    Raises:
        WeightsError: where a file is missing or is not the one that was written.
        SettingError: where the export is for batches.
    """
    if manifest.batch_size != 1:
        raise SettingError(
            f"{folder} was exported for batches of {manifest.batch_size}; to run it here, export with "
            "--batch-size 1."
        )
    return {
        name: ExportedGraph(
            content=read_graph(folder, manifest.stages[name]),
            signature=manifest.stages[name].signature,
            precision=manifest.precision,
            sampling=manifest.sampling,
        )
        for name in names
    }
