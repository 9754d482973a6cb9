"""Does every engine, in every precision, compute what the fp32 networks compute?

All are given the same calls, which were recorded while a portrait was animated by the fp32 networks
in PyTorch. So an error in a picture is that of the rendering alone, and one in keypoints that of
the motion extractor.
"""

import copy
import importlib.util
import math
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

import liveportrait
from liveportrait.engines.catalogue import ENGINE_KINDS, EngineKind
from liveportrait.engines.config import EngineConfig
from liveportrait.engines.export_manifest import read_manifest
from liveportrait.engines.exported_networks import GraphReader, open_exported
from liveportrait.engines.opening import open_engines
from liveportrait.engines.openvino_engine import why_no_openvino
from liveportrait.engines.protocol import Engine, Precision
from liveportrait.engines.self_test import relative_error
from liveportrait.engines.signatures import Stage, make_stages
from liveportrait.engines.torch_engine import TorchEngine
from liveportrait.errors import LivePortraitError, SettingError
from liveportrait.export.animated_frame import animated_frame_calls, make_animated_frame
from liveportrait.export.recording import Call, Recording
from liveportrait.motion.state import motion_from_prediction
from liveportrait.networks.motion_extractor import MotionPrediction
from liveportrait.networks.presets import PortraitNetworks
from liveportrait.tensors import ImageBatch, Keypoints

LEAST_PSNR_DB = {"fp32": 80.0, "fp16": 40.0, "bf16": 30.0, "int8": 25.0, "fp8": 25.0}
"""Of the worst frame; a row below is marked."""

LARGEST_SPOT_ERROR = 0.05
"""Where a spot of 8x8 pixels is off by more on average, it is seen, however good the rest is."""

LARGEST_KEYPOINT_ERROR = 1e-3
"""Of a cube from -1 to 1: an eighth of a pixel of a 256 px crop. Motion is fp32 in every row."""

_COMPARED = ("motion_extractor", "renderer")
"""Keypoints come from the one, pictures from the other."""

_MOST_DB = 150.0
_NO_NUMBER = 1000.0
"""The error of what is no number: beyond every limit, and itself one that JSON has."""
_SPOT_PX = 8

_Outputs = Sequence[Mapping[str, Tensor]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One engine in one precision, not opened yet."""

    label: str
    precision: str
    open: Callable[[], Mapping[str, Engine]]
    macs: int
    """Of the rendering of one frame, in the form that it runs."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParityRow:
    """One candidate against the fp32 networks, over all recorded frames."""

    label: str
    precision: str
    macs: int
    keypoint_error: float
    """The largest distance of a keypoint from its true place, in the cube from -1 to 1."""
    psnr_db: float
    """Of the pictures, mean over the frames; the peak is 1, the most 150."""
    worst_psnr_db: float
    worst_frame: int
    spot_error: float
    """The largest mean error of 8x8 pixels, of 0..1, in any frame."""
    stages: Mapping[str, float]
    """The largest error of each stage: root mean square over the spread of the true output."""
    worst_picture: ImageBatch
    true_picture: ImageBatch

    @property
    def is_correct(self) -> bool:
        return (
            self.worst_psnr_db >= LEAST_PSNR_DB[self.precision]
            and self.spot_error <= LARGEST_SPOT_ERROR
            and self.keypoint_error <= LARGEST_KEYPOINT_ERROR
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityReport:
    """All that could be opened here, and why the rest could not."""

    model: str
    num_frames: int
    rows: tuple[ParityRow, ...]
    refusals: tuple[str, ...]
    made_by: str
    """Machine and versions."""


def check_comparable(stages: Iterable[str]) -> None:
    """Raise where an export holds too little for a report; to be asked before long work."""
    missing = set(_COMPARED) - set(stages)
    if missing:
        raise SettingError(
            f"The report compares {' and '.join(_COMPARED)}; export {' and '.join(sorted(missing))} too."
        )


def engine_candidates(networks: PortraitNetworks, *, num_threads: int | None = None) -> list[Candidate]:
    """Every engine that is here, in every precision that it has on the CPU."""
    cpu = torch.device("cpu")
    return [
        _engine_candidate(networks, kind, precision, num_threads)
        for kind in ENGINE_KINDS
        if kind.why_not(cpu) is None
        for precision in kind.precisions(cpu)
    ]


def exported_candidates(folder: Path, *, num_threads: int | None = None) -> list[Candidate]:
    """An export's folder on every engine that is here and reads its graphs on the CPU."""
    cpu, samples = torch.device("cpu"), read_manifest(folder).sampling
    readers: list[GraphReader] = ["onnxruntime"]
    if samples == "atlas" and why_no_openvino(cpu) is None:
        readers.append("openvino")
    return [exported_candidate(folder, reader=reader, num_threads=num_threads) for reader in readers]


def exported_candidate(
    folder: Path, *, reader: GraphReader = "onnxruntime", num_threads: int | None = None
) -> Candidate:
    """An export's folder, run on the CPU."""
    manifest = read_manifest(folder)
    check_comparable(manifest.stages)
    kinds = [*manifest.stages["renderer"].precisions.values()]
    rounded = f"{kinds.count(manifest.precision)} of {len(kinds)} products"
    rest = f" over {manifest.unquantized} ({rounded})" if manifest.unquantized else ""
    return Candidate(
        label=f"exported {manifest.precision}{rest}, {manifest.sampling} sampling, by {reader}",
        precision=manifest.precision,
        open=lambda: open_exported(folder, reader=reader, num_threads=num_threads),
        macs=manifest.stages["renderer"].macs,
    )


def compare(
    networks: PortraitNetworks, recording: Recording, candidates: Sequence[Candidate]
) -> ParityReport:
    """Replay the recording on every candidate, one after the other."""
    calls = {**recording, "animated_frame": animated_frame_calls(recording, networks)}
    reference = {name: _torch_engine(stage) for name, stage in _trained_stages(networks).items()}
    true = _replay(reference, calls)
    rows, refusals = [], []
    for candidate in candidates:
        try:
            engines = candidate.open()
        except LivePortraitError as fault:
            refusals.append(f"{candidate.label}: {fault}")
            continue
        rows.append(_row(candidate, _replay(engines, calls), true))
        for engine in engines.values():
            engine.close()
    return ParityReport(
        model=networks.preset.name,
        num_frames=len(recording["renderer"]),
        rows=tuple(rows),
        refusals=tuple(refusals),
        made_by=_made_by(),
    )


def count_rendering_macs(networks: PortraitNetworks) -> int:
    """Multiply-accumulates of warping and generating one frame, in the form of these networks."""
    return count_stage_macs(make_stages(networks)["renderer"])


def count_stage_macs(stage: Stage) -> int:
    """Of one run for one picture: convolutions and matrix products."""
    module = copy.deepcopy(stage.module).to("meta")
    inputs = [torch.zeros(1, *spec.shape, device="meta") for spec in stage.signature.inputs]
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(*inputs)
    return counter.get_total_flops() // 2


def _engine_candidate(
    networks: PortraitNetworks, kind: EngineKind, precision: Precision, num_threads: int | None
) -> Candidate:
    config = EngineConfig(engine=kind.name, precision=precision, device="cpu", num_threads=num_threads)

    def open_stages() -> dict[str, Engine]:
        return {**open_engines(networks, config=config).stages}

    return Candidate(
        label=f"{kind.name} {precision}",
        precision=precision,
        open=open_stages,
        macs=count_rendering_macs(kind.prepare(networks, precision)),
    )


def _trained_stages(networks: PortraitNetworks) -> dict[str, Stage]:
    return {**make_stages(networks), "animated_frame": make_animated_frame(networks)}


def _torch_engine(stage: Stage) -> Engine:
    return TorchEngine(stage.module, stage.signature, device=torch.device("cpu"))


def _replay(engines: Mapping[str, Engine], calls: Mapping[str, Sequence[Call]]) -> dict[str, _Outputs]:
    """What the engines make of all calls; copies, since results live until the next call."""
    return {
        name: [
            {output: value.detach().cpu().clone() for output, value in engines[name](call).items()}
            for call in of_stage
        ]
        for name, of_stage in calls.items()
        if name in engines and of_stage
    }


def _row(candidate: Candidate, found: Mapping[str, _Outputs], true: Mapping[str, _Outputs]) -> ParityRow:
    pictures = [
        (mine["image"], theirs["image"])
        for mine, theirs in zip(found["renderer"], true["renderer"], strict=True)
    ]
    psnrs = [psnr_db(mine, theirs) for mine, theirs in pictures]
    worst = min(range(len(psnrs)), key=psnrs.__getitem__)
    return ParityRow(
        label=candidate.label,
        precision=candidate.precision,
        macs=candidate.macs,
        keypoint_error=_keypoint_error(found["motion_extractor"], true["motion_extractor"]),
        psnr_db=sum(psnrs) / len(psnrs),
        worst_psnr_db=psnrs[worst],
        worst_frame=worst,
        spot_error=max(spot_error(mine, theirs) for mine, theirs in pictures),
        stages={name: _largest_error(outputs, true[name]) for name, outputs in found.items()},
        worst_picture=pictures[worst][0].nan_to_num(),
        true_picture=pictures[worst][1],
    )


def _made_by() -> str:
    packages = ("torch", "onnxruntime", "openvino")
    versions = [f"{name} {version(name)}" for name in packages if importlib.util.find_spec(name)]
    return f"liveportrait {liveportrait.__version__} on {platform.platform()}: {', '.join(versions)}"


def psnr_db(found: Tensor, true: Tensor, *, peak: float = 1.0) -> float:
    """Peak signal to noise ratio; at most 150. The peak of pictures is 1."""
    error = _apart(found.detach().cpu().double(), true.detach().cpu().double())
    return min(_MOST_DB, 10 * math.log10(peak**2 / max(float(error.square().mean()), 1e-30)))


def spot_error(found: ImageBatch, true: ImageBatch) -> float:
    """The largest mean absolute error of any 8x8 pixels and their three colours."""
    error = _apart(found, true).abs().mean(1, keepdim=True)
    return float(F.avg_pool2d(error, _SPOT_PX, stride=1).max())


def _apart(found: Tensor, true: Tensor) -> Tensor:
    """The difference. No comparison holds for NaN, so a maximum over frames would pass it over."""
    return (found - true).nan_to_num(nan=_NO_NUMBER, posinf=_NO_NUMBER, neginf=-_NO_NUMBER)


def _keypoint_error(found: _Outputs, true: _Outputs) -> float:
    return max(
        float(torch.linalg.vector_norm(_apart(_keypoints(mine), _keypoints(theirs)), dim=-1).max())
        for mine, theirs in zip(found, true, strict=True)
    )


def _keypoints(outputs: Mapping[str, Tensor]) -> Keypoints:
    return motion_from_prediction(MotionPrediction(**outputs)).keypoints()


def _largest_error(found: _Outputs, true: _Outputs) -> float:
    errors = [
        relative_error(mine[name], theirs[name])
        for mine, theirs in zip(found, true, strict=True)
        for name in theirs
    ]
    return max(error if math.isfinite(error) else _NO_NUMBER for error in errors)
