"""What a folder of exported networks holds, so that nobody runs one for another."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from liveportrait.engines.protocol import ExportPrecision, Signature, TensorSpec
from liveportrait.errors import WeightsError

FILE_NAME = "manifest.json"
FORMAT = "liveportrait-export/1"

Sampling = Literal["native", "atlas"]
"""native: one 3D `GridSample`; atlas: two 2D ones, for engines that have no other (fp32 coordinates)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedStage:
    """One ONNX file."""

    file: str
    """Its name in the folder."""
    sha256: str
    """Of the file."""
    graph_hash: str
    """Of operations, names and shapes, without the weights."""
    weights_hash: str
    opset: int
    signature: Signature
    """Names, shapes without the batch, and order; all fp32."""
    macs: int
    """Multiply-accumulates of one run, as the graph has them."""
    precisions: dict[str, str] = field(default_factory=dict)
    """What each convolution and matrix product computes in. All else is fp32, or what lies between two
    of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportManifest:
    """All files of one export."""

    model: str
    """The preset: mini, human, ..."""
    licence: str
    """SPDX, of the weights."""
    commercial_use: bool
    origin: str
    """Who trained the weights on what."""
    precision: ExportPrecision
    unquantized: str | None
    """What int8 and fp8 left; None where nothing is quantised."""
    sampling: Sampling
    batch_size: int
    made_by: str
    """Versions of this library and of PyTorch."""
    stages: dict[str, ExportedStage]

    def facts(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"format": FORMAT, **asdict(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedGraph:
    """One stage of an export, as engines read it."""

    content: bytes
    """Of the ONNX file."""
    signature: Signature
    precision: ExportPrecision
    sampling: Sampling


def write_manifest(manifest: ExportManifest, folder: Path) -> None:
    """Into the folder of the files; the folder is not in its place yet."""
    (folder / FILE_NAME).write_text(json.dumps(manifest.facts(), indent=1) + "\n")


def read_manifest(folder: Path) -> ExportManifest:
    """What an export's folder holds; files are compared when they are opened.

    Raises:
        WeightsError: where there is no manifest, or one of another kind.
    """
    path = folder / FILE_NAME
    try:
        facts = json.loads(path.read_bytes())
        if facts.pop("format") != FORMAT:
            raise ValueError(f"it is not of the format {FORMAT!r}")
        for name, known in (("precision", ExportPrecision), ("sampling", Sampling)):
            if facts[name] not in get_args(known):
                raise ValueError(f"{name} is {facts[name]!r}, not one of {', '.join(get_args(known))}")
        stages = {name: _stage(entry) for name, entry in facts.pop("stages").items()}
        return ExportManifest(stages=stages, **facts)
    except OSError as fault:
        raise WeightsError(
            f"{path} cannot be read ({fault.strerror}); name a folder that `liveportrait export` wrote."
        ) from fault
    except (ValueError, TypeError, KeyError, AttributeError) as fault:
        raise WeightsError(
            f"{path} is no manifest of exported networks: {fault}. Write it again with `liveportrait export`."
        ) from fault


def read_graph(folder: Path, stage: ExportedStage) -> bytes:
    """The file of a stage, if it is the one that was written.

    Raises:
        WeightsError: where it is missing or another one.
    """
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


def _stage(entry: dict[str, Any]) -> ExportedStage:
    signature = entry.pop("signature")
    inputs, outputs = (
        tuple(TensorSpec(name=spec["name"], shape=tuple(spec["shape"])) for spec in signature[end])
        for end in ("inputs", "outputs")
    )
    return ExportedStage(signature=Signature(name=signature["name"], inputs=inputs, outputs=outputs), **entry)
