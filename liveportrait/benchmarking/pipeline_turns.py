"""Pipelines in turns, piece by piece: what disturbs one disturbs the others."""

from collections.abc import Sequence
from dataclasses import replace

from liveportrait.benchmarking.contestants import Contestant
from liveportrait.benchmarking.pipeline import SCOPES, PipelineRow, Run, open_animator, row_of, run_once
from liveportrait.benchmarking.scene import SceneFiles
from liveportrait.media.settings import SinkSettings

TURNS = 4
"""As far as every piece is a second of video or more."""


def time_in_turns(
    contestants: Sequence[Contestant],
    files: SceneFiles,
    *,
    seconds: float,
    num_threads: int | None = None,
    sink: SinkSettings | None = None,
    scopes: Sequence[str] = tuple(SCOPES),
) -> list[PipelineRow]:
    """A, B, C, A, B, C: each over so many seconds of driving video in all; the first is the reference.

    The rows of one contestant stand together.
    """
    animators = [open_animator(one, files, num_threads=num_threads) for one in contestants]
    turns = max(1, min(TURNS, int(seconds)))
    runs: dict[str, list[list[Run]]] = {scope: [[] for _ in contestants] for scope in scopes}
    for _ in range(turns):
        for scope in scopes:
            for animator, mine in zip(animators, runs[scope], strict=True):
                mine.append(
                    run_once(scope, animator, files, seconds=seconds / turns, sink=sink or SinkSettings())
                )
    rows = {scope: _compared(scope, contestants, runs[scope]) for scope in scopes}
    return [row for of_one in zip(*rows.values(), strict=True) for row in of_one]


def _compared(
    scope: str, contestants: Sequence[Contestant], runs: Sequence[Sequence[Run]]
) -> list[PipelineRow]:
    rows = [row_of(scope, one, mine) for one, mine in zip(contestants, runs, strict=True)]
    reference = rows[0]
    return [
        replace(
            row,
            times_reference=row.frames_per_second / reference.frames_per_second,
            times_reference_core=reference.frame.core_ms / row.frame.core_ms,
        )
        for row in rows
    ]
