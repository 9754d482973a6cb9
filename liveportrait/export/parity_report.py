"""The parity of engines for people and programs: JSON, a table, the worst frame of each as a picture."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jaxtyping import UInt8
from numpy import ndarray

from liveportrait.arrays import FrameRGB
from liveportrait.export.new_folder import new_folder
from liveportrait.export.parity import ParityReport, ParityRow
from liveportrait.machine import this_machine
from liveportrait.media.panels import side_by_side
from liveportrait.media.picture_files import save_picture
from liveportrait.media.settings import SinkSettings
from liveportrait.pixels import frame_from_image

FORMAT = "liveportrait-parity/1"

_CELL_PX = 256
_LABEL_PX = 20
_AMPLIFIED = 8


def save_parity(report: ParityReport, folder: Path) -> None:
    """Write `parity.json`, `parity.md` and `parity.png` into a new folder, all or none."""
    with new_folder(folder) as place:
        (place / "parity.json").write_text(json.dumps(parity_facts(report), indent=1) + "\n")
        (place / "parity.md").write_text(parity_table(report))
        if report.rows:
            # A figure about engines and no portrait that could be taken for one.
            save_picture(parity_sheet(report), place / "parity.png", settings=SinkSettings(mark="none"))


def parity_facts(report: ParityReport) -> dict[str, Any]:
    """As JSON has it: everything but the pictures."""
    return {
        "format": FORMAT,
        "model": report.model,
        "num_frames": report.num_frames,
        "made_by": report.made_by,
        "machine": this_machine().facts(),
        "rows": [_row_facts(row) for row in report.rows],
        "refusals": list(report.refusals),
    }


def parity_table(report: ParityReport) -> str:
    """Markdown."""
    head, *rows = parity_rows(report)
    lines = [
        f"# Parity of engines: {report.model}",
        "",
        f"Against the fp32 networks in PyTorch, over {report.num_frames} frames. MMACs: million "
        "multiply-accumulates of warping and generating a frame, in the form that runs. Worst spot: the mean "
        "error of the 8x8 pixels that are off most, of 0 to 1. Products: convolutions and matrix products of "
        "the rendering. int8 rounds those of SPADE blocks, hourglass and projection, fp8 those of the SPADE "
        "blocks alone; how far either is off depends on how much of the picture these draw.",
        "",
        _line(head),
        _line(["---"] * len(head)),
        *map(_line, rows),
    ]
    if report.refusals:
        lines += ["", "Not here:", "", *(f"- {refusal}" for refusal in report.refusals)]
    lines += ["", report.made_by]
    return "\n".join(lines) + "\n"


def parity_rows(report: ParityReport) -> list[list[str]]:
    """A head, then a line for each engine."""
    head = ["engine", "MMACs", "keypoints off by", "PSNR dB", "worst frame dB", "worst spot", "within bounds"]
    return [head, *map(_cells, report.rows)]


def parity_sheet(report: ParityReport) -> FrameRGB:
    """A strip a row: the true picture, the engine's, and their difference, eight times as strong."""
    return np.concatenate([part for row in report.rows for part in _strip(row)])


def _row_facts(row: ParityRow) -> dict[str, Any]:
    return {
        "label": row.label,
        "precision": row.precision,
        "macs": row.macs,
        "keypoint_error": row.keypoint_error,
        "psnr_db": row.psnr_db,
        "worst_psnr_db": row.worst_psnr_db,
        "worst_frame": row.worst_frame,
        "spot_error": row.spot_error,
        "stages": dict(row.stages),
        "is_correct": row.is_correct,
    }


def _cells(row: ParityRow) -> list[str]:
    return [
        row.label,
        f"{row.macs / 1e6:.0f}",
        f"{row.keypoint_error:.1e}",
        f"{row.psnr_db:.1f}",
        f"{row.worst_psnr_db:.1f} (frame {row.worst_frame})",
        f"{row.spot_error:.1e}",
        "yes" if row.is_correct else "NO",
    ]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _strip(row: ParityRow) -> list[UInt8[ndarray, "_ _ 3"]]:
    difference = (_AMPLIFIED * (row.worst_picture - row.true_picture).abs()).clamp(0, 1)
    pictures = [
        frame_from_image(image.clamp(0, 1)) for image in (row.true_picture, row.worst_picture, difference)
    ]
    cells = side_by_side(pictures, height_px=_CELL_PX)
    text = f"{row.label}: fp32 in PyTorch, this, difference x{_AMPLIFIED}; {row.worst_psnr_db:.1f} dB"
    label = np.full((_LABEL_PX, cells.shape[1], 3), 255, np.uint8)
    cv2.putText(label, text, (4, _LABEL_PX - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1, cv2.LINE_AA)
    return [label, cells]
