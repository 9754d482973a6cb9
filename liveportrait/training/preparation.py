"""From folders of clips and stills to shards: parallel over files, and going on where it stopped."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import TypeAlias

import torch

from liveportrait.face.loading import load_face_landmarker
from liveportrait.face.protocol import FaceAnalyzer
from liveportrait.media.pending_file import make_folder, write_bytes
from liveportrait.media.progress import Progress, reported, silent
from liveportrait.training.clip_preparation import ClipConfig, ClipReport, prepare_clip
from liveportrait.training.media_listing import ClipFile, list_clips
from liveportrait.training.preparation_records import read_record, write_record
from liveportrait.training.shards import TABLE, ShardError

AnalyzerFactory: TypeAlias = Callable[[], FaceAnalyzer]
"""Called once in every process; a module's function, so that processes can be sent it."""

ClipDone: TypeAlias = tuple[ClipFile, ClipReport]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparationConfig:
    """From where to where, and how."""

    inputs: tuple[Path, ...]
    """Folders of clips and stills, searched to their depths, or single files. All of a data set in one call:
    what an earlier call prepared of other inputs leaves the table, and training passes it over."""
    out: Path
    manifest: Path | None = None
    """A CSV with file, split, person, kind, origin, licence_as_stated."""
    clip: ClipConfig = ClipConfig()
    num_processes: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparationSummary:
    """What a folder of prepared data holds."""

    num_files: int
    num_shards: int
    num_frames: int
    num_done_before: int
    """Files that an earlier run had prepared."""
    drops_by_reason: dict[str, int]
    num_unknown_origin: int
    """Files in use without a stated origin or licence."""


def prepare(
    config: PreparationConfig,
    *,
    make_analyzer: AnalyzerFactory = load_face_landmarker,
    progress: Progress = silent,
) -> PreparationSummary:
    """Prepare every file that no earlier run has, and write the table of all.

    Memory is that of one stretch of frames in each process, however long the files are.
    """
    clips = list_clips(config.inputs, config.manifest)
    known = {clip: read_record(clip, config.out, config.clip) for clip in clips}
    done = [(clip, report) for clip, report in known.items() if report is not None]
    num_before = len(done)
    missing = [clip for clip, report in known.items() if report is None]
    _remove_shards_of(missing, config.out)
    with closing(_prepared(missing, config, make_analyzer)) as prepared:
        done.extend(reported(prepared, progress, total=len(missing)))
    done.sort(key=lambda item: item[0].origin.file)
    make_folder(config.out)
    write_bytes(config.out / TABLE, _table(done).encode())
    return _summary(done, num_before)


def _remove_shards_of(clips: Sequence[ClipFile], out: Path) -> None:
    """What a run that was killed, or had other settings, left of files that are prepared again."""
    names = {clip.name for clip in clips}
    for shard in out.glob("*/*.safetensors"):
        if shard.name.rpartition("-")[0] in names:
            shard.unlink()


def _prepared(
    clips: Sequence[ClipFile], config: PreparationConfig, make_analyzer: AnalyzerFactory
) -> Generator[ClipDone, None, None]:
    if config.num_processes == 1:
        yield from (_prepare_one(clip, config, make_analyzer) for clip in clips)
        return
    # Spawned, not forked: torch's threads do not survive a fork.
    pool = ProcessPoolExecutor(config.num_processes, mp_context=get_context("spawn"), initializer=_one_thread)
    try:
        yield from _as_they_come(pool, clips, config, make_analyzer)
    except BrokenProcessPool as fault:
        raise ShardError(
            "a process of the preparation died, perhaps for want of memory; run it again with fewer "
            "processes, it goes on where it stopped"
        ) from fault
    finally:
        pool.shutdown(cancel_futures=True)


def _as_they_come(
    pool: ProcessPoolExecutor,
    clips: Sequence[ClipFile],
    config: PreparationConfig,
    make_analyzer: AnalyzerFactory,
) -> Iterator[ClipDone]:
    """Few at a time are handed out, so that a million files take no memory."""
    waiting = iter(clips)
    running: set[Future[ClipDone]] = set()
    while True:
        for clip in islice(waiting, 2 * config.num_processes - len(running)):
            running.add(pool.submit(_prepare_one, clip, config, make_analyzer))
        if not running:
            return
        finished, running = wait(running, return_when=FIRST_COMPLETED)
        yield from (future.result() for future in finished)


def _prepare_one(clip: ClipFile, config: PreparationConfig, make_analyzer: AnalyzerFactory) -> ClipDone:
    report = prepare_clip(clip, _analyzer(make_analyzer), config.out, config.clip)
    write_record(clip, report, config.out, config.clip)
    return clip, report


@cache
def _analyzer(make: AnalyzerFactory) -> FaceAnalyzer:
    """One a process."""
    return make()


def _one_thread() -> None:
    torch.set_num_threads(1)


def _table(done: Sequence[ClipDone]) -> str:
    """A row for every shard and every drop, with what is known of its origin."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = ("file", "split", "person", "kind", "origin", "licence_as_stated")
    writer.writerow([*columns, "first_index", "num_frames", "face_px", "shard", "dropped", "detail"])
    for clip, report in done:
        known = [getattr(clip.origin, column) for column in columns]
        for shard in report.shards:
            row = [shard.first_index, shard.num_frames, round(shard.face_px), shard.path, "", ""]
            writer.writerow([*known, *row])
        for drop in report.drops:
            writer.writerow([*known, drop.first_index, "", "", "", drop.reason, drop.detail])
    return text.getvalue()


def _summary(done: Sequence[ClipDone], num_before: int) -> PreparationSummary:
    used = [clip for clip, report in done if report.shards]
    shards = [shard for _, report in done for shard in report.shards]
    return PreparationSummary(
        num_files=len(done),
        num_shards=len(shards),
        num_frames=sum(shard.num_frames for shard in shards),
        num_done_before=num_before,
        drops_by_reason=dict(Counter(drop.reason for _, report in done for drop in report.drops)),
        num_unknown_origin=sum(not clip.origin.is_known for clip in used),
    )
