"""python benchmarks/parity.py: every engine, and exports in every precision, against the fp32 networks.

Writes `results/parity_MODEL/`: parity.json, parity.md, and the worst frame of each as a picture. Nothing is
timed, so a busy machine does no harm.
"""

import argparse
import logging
import shutil
import tempfile
from pathlib import Path

from liveportrait.checkpoints.catalogue import load_named_model
from liveportrait.engines.config import EngineConfig
from liveportrait.export.config import ExportConfig
from liveportrait.export.parity import compare, engine_candidates, exported_candidates
from liveportrait.export.parity_report import parity_table, save_parity
from liveportrait.export.recording import FramesConfig, record
from liveportrait.export.writing import export_stages
from liveportrait.face.loading import load_face_landmarker
from liveportrait.portrait_model import load_portrait_model

RESULTS = Path(__file__).parent / "results"
STAGES = ("motion_extractor", "renderer")
# onnxruntime has no bf16 on a CPU, and OpenVINO has it without an export.
EXPORTS = {
    "fp32": ExportConfig(stages=(*STAGES, "animated_frame")),
    "atlas": ExportConfig(sampling="atlas", stages=STAGES),
    "fp16": ExportConfig(precision="fp16", stages=STAGES),
    "int8": ExportConfig(precision="int8", stages=STAGES),
    "int8-cpu": ExportConfig(precision="int8", unquantized="fp32", sampling="atlas", stages=STAGES),
    "fp8": ExportConfig(precision="fp8", stages=STAGES),
}


def main() -> None:
    """Record, export, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="mini", help="a name, or a file or folder of weights")
    parser.add_argument("--num-frames", type=int, default=8)
    parser.add_argument("--num-threads", type=int, default=None)
    given = parser.parse_args()
    logging.basicConfig(format="%(asctime)s %(message)s")
    logging.getLogger("liveportrait").setLevel(logging.INFO)
    plain = EngineConfig(engine="torch", precision="fp32", device="cpu", num_threads=given.num_threads)
    model = load_portrait_model(given.model, engine=plain)
    networks = load_named_model(given.model)
    frames = FramesConfig(num_frames=given.num_frames)
    recording = record(model, load_face_landmarker(device=model.device), frames)
    with tempfile.TemporaryDirectory() as folder:
        exports = [Path(folder) / name for name in EXPORTS]
        for export, config in zip(exports, EXPORTS.values(), strict=True):
            export_stages(networks, export, config=config, recording=recording)
        candidates = [
            *engine_candidates(networks, num_threads=given.num_threads),
            *(
                candidate
                for export in exports
                for candidate in exported_candidates(export, num_threads=given.num_threads)
            ),
        ]
        report = compare(networks, recording, candidates)
    target = RESULTS / f"parity_{report.model}"
    shutil.rmtree(target, ignore_errors=True)
    save_parity(report, target)
    print(parity_table(report))


if __name__ == "__main__":
    main()
