"""From networks to a folder of ONNX files with a manifest."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch

import liveportrait
from liveportrait.checkpoints.provenance import UNKNOWN_LICENCE, Provenance
from liveportrait.engines.export_manifest import ExportedStage, ExportManifest, write_manifest
from liveportrait.engines.onnx_conversion import BF16_OPSET, OPSET, to_onnx
from liveportrait.engines.onnxruntime_engine import why_no_onnxruntime
from liveportrait.engines.protocol import Signature
from liveportrait.engines.signatures import Stage, make_stages
from liveportrait.errors import EngineUnavailableError, SettingError
from liveportrait.export.animated_frame import animated_frame_calls, make_animated_frame
from liveportrait.export.config import ExportConfig, ExportStageName
from liveportrait.export.graph_facts import (
    count_macs,
    graph_hash,
    low_precision_faults,
    product_precisions,
    weights_hash,
)
from liveportrait.export.new_folder import check_free, new_folder
from liveportrait.export.quantization import quantize
from liveportrait.export.recording import Call, Recording
from liveportrait.networks.deployment.optimize import optimize
from liveportrait.networks.presets import PortraitNetworks
from liveportrait.ops.atlas import sample_volume_in_atlas
from liveportrait.ops.sampling import sample_volume

if TYPE_CHECKING:
    import onnx

logger = logging.getLogger(__name__)

_SAMPLERS = {"native": sample_volume, "atlas": sample_volume_in_atlas}

UNKNOWN = Provenance(licence=UNKNOWN_LICENCE, origin="unknown")


def export_stages(
    networks: PortraitNetworks,
    folder: Path,
    *,
    config: ExportConfig | None = None,
    provenance: Provenance = UNKNOWN,
    recording: Recording | None = None,
) -> ExportManifest:
    """Write one ONNX file for each stage, `<stage>.onnx`, and `manifest.json`, into a new folder.

    The networks are written in their deployed form (`networks.deployment`): equal outputs, fewer
    operations. Inputs and outputs have the names of the manifest's signatures, are fp32, and have the
    batch in front. The folder appears complete or not at all. `recording` is what int8 and fp8 are
    calibrated on (`recording.record`).

    Raises:
        SettingError: when the folder is in use, or there is nothing to calibrate on.
        MediaError: when it cannot be written.
        EngineUnavailableError: when the packages of the extra `onnx` are not installed.
    """
    config = config or ExportConfig()
    why_not = why_no_onnxruntime(torch.device("cpu"))
    if why_not is not None:
        raise EngineUnavailableError(f"ONNX files cannot be written: {why_not}")
    if config.is_quantized and recording is None:
        raise SettingError(f"{config.precision} is calibrated on frames; give a recording of some.")
    check_free(folder)
    calls = {} if recording is None else _calibration_calls(networks, recording)
    with new_folder(folder) as place:
        written = _write_stages(_deployed_stages(networks, config), config, calls, place)
        manifest = ExportManifest(
            model=networks.preset.name,
            licence=provenance.licence.spdx,
            commercial_use=provenance.licence.commercial_use,
            origin=provenance.origin,
            precision=config.precision,
            unquantized=config.unquantized if config.is_quantized else None,
            sampling=config.sampling,
            batch_size=config.batch_size,
            made_by=f"liveportrait {liveportrait.__version__}, torch {torch.__version__}",
            stages=written,
        )
        write_manifest(manifest, place)
    return manifest


def _deployed_stages(networks: PortraitNetworks, config: ExportConfig) -> dict[ExportStageName, Stage]:
    """Every stage in the form of an export, as PyTorch modules."""
    deployed = optimize(
        networks, feature_dtype=config.feature_dtype, sample_volume=_SAMPLERS[config.sampling]
    )
    return {**make_stages(deployed), "animated_frame": make_animated_frame(deployed)}


def _write_stages(
    stages: Mapping[ExportStageName, Stage],
    config: ExportConfig,
    calls: Mapping[ExportStageName, Sequence[Call]],
    folder: Path,
) -> dict[str, ExportedStage]:
    written: dict[str, ExportedStage] = {}
    for name in config.stages:
        model = _graph(stages[name], config, calls.get(name, ()))
        written[name] = _write_stage(model, stages[name].signature, folder)
        logger.info("%s: written, %.0f million MACs", written[name].file, written[name].macs / 1e6)
    return written


def _graph(stage: Stage, config: ExportConfig, calls: Sequence[Call]) -> "onnx.ModelProto":
    opset = BF16_OPSET if config.precision == "bf16" else OPSET
    model = to_onnx(stage.module, stage.signature, batch_size=config.batch_size, opset=opset)
    match config.precision:
        case ("int8" | "fp8") as precision if calls:
            return quantize(model, calls, precision=precision)
        case _:
            return model


def _calibration_calls(
    networks: PortraitNetworks, recording: Recording
) -> dict[ExportStageName, Sequence[Call]]:
    """For what is quantised: what runs in every frame and costs something."""
    return {
        "renderer": recording["renderer"],
        "animated_frame": animated_frame_calls(recording, networks),
    }


def _write_stage(model: "onnx.ModelProto", signature: Signature, folder: Path) -> ExportedStage:
    """One file and what the manifest says of it; a graph that breaks the precision contract is our fault."""
    import onnx

    onnx.checker.check_model(model)
    faults = low_precision_faults(model)
    assert not faults, f"{signature.name}: {'; '.join(faults)}"
    data = model.SerializeToString(deterministic=True)
    file = f"{signature.name}.onnx"
    (folder / file).write_bytes(data)
    return ExportedStage(
        file=file,
        sha256=hashlib.sha256(data).hexdigest(),
        graph_hash=graph_hash(model),
        weights_hash=weights_hash(model),
        opset=model.opset_import[0].version,
        signature=signature,
        macs=count_macs(model),
        precisions=product_precisions(model),
    )
