"""Two pipelines in turns, chunk by chunk: what disturbs one disturbs the other."""

from collections.abc import Sequence
from dataclasses import dataclass

from liveportrait.benchmarking.contestants import Contestant
from liveportrait.benchmarking.pipeline import WHOLE, PipelineRow, time_pipeline
from liveportrait.benchmarking.scene import SceneFiles
from liveportrait.media.settings import SinkSettings

TURNS = 4
LEAST_SECONDS = 1.0
"""Of video in a chunk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineTurns:
    """The same chunk of video by either, again and again."""

    ours: tuple[PipelineRow, ...]
    plain: tuple[PipelineRow, ...]

    @property
    def rows(self) -> tuple[PipelineRow, ...]:
        """In the order in which they were timed."""
        return tuple(row for pair in zip(self.ours, self.plain, strict=True) for row in pair)

    @property
    def times_as_fast(self) -> float:
        """Frames a second of ours over those of the plain form, by wall time over all turns."""
        return _frames_per_second(self.ours) / _frames_per_second(self.plain)

    @property
    def times_by_core_time(self) -> float:
        """Core time a frame of the plain form over ours; a busy machine falsifies it least."""
        return _core_ms(self.plain) / _core_ms(self.ours)


def time_in_turns(
    ours: Contestant,
    plain: Contestant,
    files: SceneFiles,
    *,
    seconds: float,
    num_threads: int | None = None,
    sink: SinkSettings | None = None,
) -> PipelineTurns:
    """Ours, plain, ours, plain: each over so many seconds of driving video in all."""

    def chunk(contestant: Contestant) -> PipelineRow:
        (row,) = time_pipeline(
            contestant,
            files,
            seconds=max(seconds / TURNS, LEAST_SECONDS),
            num_threads=num_threads,
            sink=sink,
            scopes=(WHOLE,),
        )
        return row

    pairs = [(chunk(ours), chunk(plain)) for _ in range(TURNS)]
    return PipelineTurns(ours=tuple(mine for mine, _ in pairs), plain=tuple(other for _, other in pairs))


def _frames_per_second(rows: Sequence[PipelineRow]) -> float:
    return sum(row.frame.num_calls for row in rows) / sum(row.seconds for row in rows)


def _core_ms(rows: Sequence[PipelineRow]) -> float:
    return sum(row.frame.core_ms * row.frame.num_calls for row in rows) / sum(
        row.frame.num_calls for row in rows
    )
