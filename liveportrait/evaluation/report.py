"""An evaluation as JSON: what was run on what, every row, the means, the bars."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from liveportrait.evaluation.bars import Bar
from liveportrait.evaluation.circumstances import Circumstances
from liveportrait.evaluation.clips import FRAME_PX, digest_of
from liveportrait.evaluation.cross_reenactment import PairResult, cross_means
from liveportrait.evaluation.evaluation import Evaluation, EvaluationSettings
from liveportrait.evaluation.judging import Judges
from liveportrait.evaluation.self_reenactment import ClipResult
from liveportrait.evaluation.stitching_effect import StitchingEffect
from liveportrait.media.pending_file import write_bytes

FORMAT = "liveportrait-evaluation/1"


def write_report(
    path: Path,
    evaluation: Evaluation,
    *,
    settings: EvaluationSettings,
    circumstances: Circumstances,
    judges: Judges,
) -> None:
    """Write it whole; what could not be measured is null, and no path of this machine is in it."""
    content = _report(evaluation, settings, circumstances, judges)
    write_bytes(path, json.dumps(_plain(content), indent=1, allow_nan=False).encode() + b"\n")


def bar_rows(bars: Sequence[Bar]) -> list[dict[str, Any]]:
    """The bars for programs."""
    return _plain([{**asdict(bar), "cleared": bar.cleared} for bar in bars])


def _report(
    evaluation: Evaluation, settings: EvaluationSettings, circumstances: Circumstances, judges: Judges
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        **asdict(circumstances),
        "protocol": {
            "frame_px": FRAME_PX,
            "split": settings.split,
            "most_clips": settings.most_clips,
            "most_frames": settings.most_frames,
            "most_portraits": settings.most_portraits,
            "seed": settings.seed,
        },
        "data": {
            "clips": settings.clips.name,
            "clips_sha256": digest_of(evaluation.clip_files),
            "portraits": None if settings.portraits is None else settings.portraits.name,
            "portraits_sha256": digest_of(evaluation.portrait_files),
        },
        "judges": _judges(judges),
        "left_out": evaluation.left_out,
        "bars": bar_rows(evaluation.bars),
        "self_reenactment": {
            "means": [asdict(summary) for summary in evaluation.summaries],
            "clips": [_clip_row(result) for result in evaluation.clips],
        },
        "cross_reenactment": _cross(evaluation.pairs),
        "stitching": _stitching(evaluation.stitching),
        "controls": [asdict(result) for result in evaluation.controls.results],
    }


def _judges(judges: Judges) -> dict[str, str | None]:
    second = judges.second_landmarker
    return {
        "landmarks": type(judges.landmarker).__name__,
        "second_landmarks": None if second is None else type(second).__name__,
        "perceptual": f"{type(judges.backbone).__name__}: {judges.backbone.licence}",
        "identity": f"{type(judges.embedder).__name__}: {judges.embedder.licence}",
    }


def _clip_row(result: ClipResult) -> dict[str, Any]:
    return {
        "clip": result.clip,
        "num_frames": result.num_frames,
        "methods": {row.method: asdict(row.figures) for row in result.methods},
    }


def _cross(pairs: Sequence[PairResult]) -> dict[str, Any] | None:
    if not pairs:
        return None
    rows = [
        {
            "source": pair.source,
            "driving": pair.driving,
            "methods": {row.method: asdict(row.figures) for row in pair.methods},
        }
        for pair in pairs
    ]
    return {"means": {name: asdict(means) for name, means in cross_means(pairs).items()}, "pairs": rows}


def _stitching(effect: StitchingEffect | None) -> dict[str, Any] | None:
    """The gain of a pair is what stitching takes off its seam error; below 0 it did harm."""
    if effect is None:
        return None
    pairs = [
        {
            "source": pair.source,
            "driving": pair.driving,
            **asdict(pair.figures),
            "gain": pair.figures.unstitched - pair.figures.stitched,
        }
        for pair in effect.pairs
    ]
    return {**asdict(effect.means), "num_pairs_better": sum(row["gain"] > 0 for row in pairs), "pairs": pairs}


def _plain(value: Any) -> Any:
    """Six digits are more than any figure here means; JSON has no nan."""
    match value:
        case dict():
            return {name: _plain(part) for name, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
        case Path():
            return value.name
        case float():
            return float(f"{value:.6g}") if math.isfinite(value) else None
        case _:
            return value
