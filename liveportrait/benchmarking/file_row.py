"""`liveportrait animate` as users call it: from file to file, in all of its passes."""

import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from liveportrait.animation.files import animate_file
from liveportrait.animation.phases import Phase
from liveportrait.animation.roles import roles_of
from liveportrait.animation.settings import FileSettings
from liveportrait.animator import Animator
from liveportrait.benchmarking.contestants import Contestant
from liveportrait.benchmarking.scene import SceneFiles
from liveportrait.face.opening import open_face_landmarker
from liveportrait.media.progress import Progress, silent
from liveportrait.media.settings import SinkSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """One animation of one video, as a whole."""

    scope: str
    engine: str
    precision: str
    device: str
    num_frames: int
    frames_per_second: float
    """Of the result, over all passes."""
    core_ms: float
    """Processor time of all threads and passes, a frame of the result."""
    seconds: float
    """From the call to the closed file; the model was loaded before."""
    seconds_by_pass: dict[str, float]


def time_animate(
    contestant: Contestant,
    files: SceneFiles,
    *,
    num_threads: int | None = None,
    sink: SinkSettings | None = None,
) -> FileRow:
    """The whole driving video, with the command's own settings but for `sink`."""
    files.check()
    analyzer = open_face_landmarker(engine=contestant.face_engine(num_threads))
    animator = Animator(model=contestant.model, analyzer=analyzer)
    settings, passes = FileSettings(sink=sink or SinkSettings()), _Passes()
    with TemporaryDirectory() as folder:
        core, begun = time.process_time(), time.perf_counter()
        roles = roles_of(analyzer, files.source, files.driving, faces="largest")
        report = animate_file(
            animator,
            files.source,
            roles,
            Path(folder) / "result.mp4",
            settings=settings,
            progress=passes,
        )
        ended, core = time.perf_counter(), time.process_time() - core
    by_pass = passes.seconds(until=ended)
    return FileRow(
        scope=f"liveportrait animate, {len(by_pass)} passes: {', '.join(by_pass)}",
        engine=contestant.engine,
        precision=contestant.precision,
        device=str(contestant.device),
        num_frames=report.num_frames,
        frames_per_second=report.num_frames / (ended - begun),
        core_ms=1000 * core / report.num_frames,
        seconds=ended - begun,
        seconds_by_pass=by_pass,
    )


class _Passes:
    """When each phase of the work began."""

    def __init__(self) -> None:
        self._begun: list[tuple[str, float]] = []

    def __call__(self, phase: Phase) -> Progress:
        self._begun.append((phase, time.perf_counter()))
        return silent

    def seconds(self, *, until: float) -> dict[str, float]:
        """How long each took, the last one to that moment."""
        return {phase: end - start for (phase, start), (_, end) in pairwise([*self._begun, ("", until)])}
