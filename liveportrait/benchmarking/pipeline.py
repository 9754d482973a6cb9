"""All of the work on a video: decoding, tracking, cropping, networks, pasting, encoding; overlapped."""

import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import torch

from liveportrait.animation.roles import first_image
from liveportrait.animation.stream import animate_stream
from liveportrait.animator import Animator
from liveportrait.arrays import FrameRGB
from liveportrait.benchmarking.contestants import Contestant
from liveportrait.benchmarking.scene import SceneFiles
from liveportrait.benchmarking.timing import Timing, peak_device_memory_mib, peak_memory_mib, timing_of
from liveportrait.errors import SettingError
from liveportrait.evaluation.structural_similarity import similarity_map
from liveportrait.face.opening import open_face_landmarker
from liveportrait.face.paste_drawn import paste_drawn
from liveportrait.media.background import BackgroundSink, read_ahead
from liveportrait.media.extension import extended
from liveportrait.media.opening import open_sink, open_source
from liveportrait.media.protocol import Frame, FrameSource
from liveportrait.media.settings import H264Settings, SinkSettings
from liveportrait.pixels import image_from_frame

WARM_UP_FRAMES = 10
COMPARE_EVERY = 25
"""Of so many frames one is compared with what the encoder made of it, the first eight times."""
NUM_COMPARED = 8

MakeFrames: TypeAlias = Callable[[Iterable[Frame]], Iterator[Frame]]
"""From driving frames to frames of the result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineRow:
    """One way through a video, from file to file."""

    scope: str
    engine: str
    precision: str
    device: str
    frame: Timing
    """From one finished frame to the next, decoding and encoding going on beside it."""
    frames_per_second: float
    """All frames that count over all of their time, until the file is closed."""
    seconds: float
    turns: int = 1
    """In how many pieces it was timed, others having their turns between them."""
    times_reference: float | None = None
    """How many times as fast as the reference that had its turns beside it, by wall time; None alone."""
    times_reference_core: float | None = None
    """The same by core time, which a busy machine falsifies least."""
    driving_size_wh: tuple[int, int]
    size_wh: tuple[int, int]
    h264_preset: str
    h264_crf: int
    bytes_per_frame: float
    ssim_after_encoding: float
    """Mean, over the luminance, of the file against what was sent to the encoder."""
    peak_memory_mib: float | None
    peak_device_memory_mib: float | None


def time_pipeline(
    contestant: Contestant,
    files: SceneFiles,
    *,
    seconds: float,
    num_threads: int | None = None,
    sink: SinkSettings | None = None,
    scopes: Sequence[str] | None = None,
) -> list[PipelineRow]:
    """The whole of it, then all but the networks, each over so many seconds of driving video.

    As live: one pass, the first frame is the anchor, one square for all driving frames. `scopes`
    names some of `SCOPES`; all are timed without.
    """
    animator, sink = open_animator(contestant, files, num_threads=num_threads), sink or SinkSettings()
    return [
        row_of(scope, contestant, [run_once(scope, animator, files, seconds=seconds, sink=sink)])
        for scope in scopes or SCOPES
    ]


def open_animator(contestant: Contestant, files: SceneFiles, *, num_threads: int | None) -> Animator:
    """A contestant at work, with the face networks on the same engine."""
    files.check()
    analyzer = open_face_landmarker(engine=contestant.face_engine(num_threads))
    return Animator(model=contestant.model, analyzer=analyzer)


def _animated(animator: Animator, files: SceneFiles) -> MakeFrames:
    source, state = animator.prepare(first_image(files.source)), animator.start()

    def make(driving: Iterable[Frame]) -> Iterator[Frame]:
        for frame, step in animate_stream(animator, source, driving, state):
            yield replace(frame, image=step.frame, alpha=None)

    return make


def _pasted(animator: Animator, files: SceneFiles) -> MakeFrames:
    """The source's own crop stands in for the drawn one."""
    source, reader = animator.prepare(first_image(files.source)), animator.start().reader
    device, input_px = animator.model.device, animator.model.preset.input_px
    drawn = image_from_frame(source.crop.image, device=device)

    def make(driving: Iterable[Frame]) -> Iterator[Frame]:
        for frame in read_ahead(driving):
            face = reader.find(frame.image)
            if face is not None:
                view = reader.square_of(frame.image, face).cut(frame.image, size_px=input_px)
                image_from_frame(view, device=device)
            pasted = paste_drawn(source.frame, drawn, source.place)
            yield replace(frame, image=pasted.frame, alpha=None)

    return make


WHOLE = "whole pipeline, one pass, as live: decode, track, crop, M+S+W+G, paste back, encode"
ALL_BUT_NETWORKS = "all but the networks: decode, track, crop, paste back, encode"
SCOPES: dict[str, Callable[[Animator, SceneFiles], MakeFrames]] = {
    WHOLE: _animated,
    ALL_BUT_NETWORKS: _pasted,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One way through a piece of video, as it was seen."""

    between_ms: Sequence[float]
    """From one finished frame to the next."""
    seconds: float
    core_seconds: float
    driving_size_wh: tuple[int, int]
    size_wh: tuple[int, int]
    h264: H264Settings
    num_bytes: int
    """Of the file, which holds the frames of the warm-up too."""
    ssim: float


def row_of(scope: str, contestant: Contestant, runs: Sequence[Run]) -> PipelineRow:
    """What is to be told of one or more runs of the same."""
    between_ms = [ms for run in runs for ms in run.between_ms]
    num_frames, seconds = len(between_ms), sum(run.seconds for run in runs)
    core_ms = 1000 * sum(run.core_seconds for run in runs) / num_frames
    last = runs[-1]
    return PipelineRow(
        scope=scope,
        engine=contestant.engine,
        precision=contestant.precision,
        device=str(contestant.device),
        frame=timing_of(between_ms, core_ms=core_ms, warm_up=WARM_UP_FRAMES * len(runs)),
        frames_per_second=num_frames / seconds,
        seconds=seconds,
        turns=len(runs),
        driving_size_wh=last.driving_size_wh,
        size_wh=last.size_wh,
        h264_preset=last.h264.preset,
        h264_crf=last.h264.crf,
        bytes_per_frame=sum(run.num_bytes for run in runs) / (num_frames + WARM_UP_FRAMES * len(runs)),
        ssim_after_encoding=statistics.fmean(run.ssim for run in runs),
        peak_memory_mib=peak_memory_mib(),
        peak_device_memory_mib=peak_device_memory_mib(contestant.device),
    )


def run_once(scope: str, animator: Animator, files: SceneFiles, *, seconds: float, sink: SinkSettings) -> Run:
    """From file to file, over so many seconds of driving video after the warm-up."""
    if seconds < 1:
        raise SettingError(f"The pipeline is timed over a second of video or more; got {seconds}.")
    make = SCOPES[scope](animator, files)
    with TemporaryDirectory() as folder, open_source(files.driving) as driving:
        watch = _Watch(Path(folder) / "result.mp4", driving, sink)
        num_frames = WARM_UP_FRAMES + round(seconds * driving.info.fps)
        with torch.inference_mode():
            watch.run(make(extended(driving, num_frames=num_frames, policy="loop")))
        return watch.told()


class _Watch:
    """A video in the making, with what is seen of it."""

    def __init__(self, result: Path, source: FrameSource, settings: SinkSettings) -> None:
        self.result = result
        self.source = source
        self.settings = settings
        self.ends: list[float] = []
        """When each frame that counts was finished, the last warm-up frame before them."""
        self.closed = self.core_seconds = 0.0
        self.sent: dict[int, FrameRGB] = {}

    def run(self, frames: Iterator[Frame]) -> None:
        """Write all frames and close the file."""
        like = replace(self.source.info, rotation_deg=0)
        core = 0.0
        with BackgroundSink(open_sink(self.result, like=like, settings=self.settings)) as sink:
            for frame in frames:
                sink.write(frame)
                if frame.index == WARM_UP_FRAMES - 1:
                    core = time.process_time()
                if frame.index >= WARM_UP_FRAMES - 1:
                    self.ends.append(time.perf_counter())
                if frame.index % COMPARE_EVERY == 0 and len(self.sent) < NUM_COMPARED:
                    self.sent[frame.index] = frame.image
        self.closed = time.perf_counter()
        self.core_seconds = time.process_time() - core

    def told(self) -> Run:
        """While the file is there."""
        height, width = self.sent[0].shape[:2]
        return Run(
            between_ms=[1000 * (later - earlier) for earlier, later in pairwise(self.ends)],
            seconds=self.closed - self.ends[0],
            core_seconds=self.core_seconds,
            driving_size_wh=self.source.info.size_wh,
            size_wh=(width, height),
            h264=self.settings.h264,
            num_bytes=self.result.stat().st_size,
            ssim=self._ssim(),
        )

    def _ssim(self) -> float:
        with open_source(self.result) as written:
            pairs = [(frame.image, self.sent[frame.index]) for frame in written if frame.index in self.sent]
        return statistics.fmean(float(similarity_map(found, true).mean()) for found, true in pairs)
