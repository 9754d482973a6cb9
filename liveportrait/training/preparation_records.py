"""What was done already: one small file beside the shards for each file that was prepared.

A record is written after the last shard of its file, so a file with a record is complete.
It counts only while the file, what is known of it and the settings are as they were.
"""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from liveportrait.media.pending_file import make_folder, write_bytes
from liveportrait.training.clip_filters import Drop
from liveportrait.training.clip_preparation import ClipConfig, ClipReport, WrittenShard
from liveportrait.training.media_listing import ClipFile

FOLDER = "records"


def write_record(clip: ClipFile, report: ClipReport, out: Path, config: ClipConfig) -> None:
    """Mark a file as done."""
    content = {"made_from": _made_from(clip, config), **asdict(report)}
    path = _path(clip, out)
    make_folder(path.parent)
    write_bytes(path, json.dumps(content, indent=1).encode())


def read_record(clip: ClipFile, out: Path, config: ClipConfig) -> ClipReport | None:
    """What became of a file; None where it must be done, or done again."""
    try:
        content = json.loads(_path(clip, out).read_bytes())
        if content["made_from"] != _made_from(clip, config):
            return None
        report = ClipReport(
            shards=tuple(WrittenShard(**row) for row in content["shards"]),
            drops=tuple(Drop(**row) for row in content["drops"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None  # missing or damaged: the file is prepared again
    return report if all((out / shard.path).is_file() for shard in report.shards) else None


def _made_from(clip: ClipFile, config: ClipConfig) -> str:
    """Changes when the file, its row in the manifest or a setting does."""
    state = clip.path.stat()
    parts = (state.st_size, state.st_mtime_ns, asdict(clip.origin), asdict(config))
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _path(clip: ClipFile, out: Path) -> Path:
    return out / FOLDER / f"{clip.name}.json"
