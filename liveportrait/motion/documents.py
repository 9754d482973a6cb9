"""Small JSON files that say what they are: a kind, a version and content. Read with distrust."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from liveportrait.errors import TemplateError
from liveportrait.media.pending_file import write_bytes
from liveportrait.media.reading import check_readable

MAX_BYTES = 4 * 2**20
"""Far above any edit or expression space, far below what would hurt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What stands in the file, under a name for each part."""

    kind: str
    version: int
    content: dict[str, Any]


def save_document(document: Document, path: Path) -> None:
    """Write it, whole or not at all."""
    outer = {"kind": document.kind, "version": document.version, "content": document.content}
    write_bytes(path, json.dumps(outer, indent=1, allow_nan=False).encode() + b"\n")


def load_document(path: Path, *, kind: str, version: int) -> dict[str, Any]:
    """The content of a document of that kind and version."""
    check_readable(path)
    if path.stat().st_size > MAX_BYTES:
        raise TemplateError(f"{path}: the file has more than {MAX_BYTES >> 20} MiB; that is no {kind}.")
    outer = _parse(path)
    if not isinstance(outer, dict) or outer.get("kind") != kind:
        raise TemplateError(f"{path}: expected a {kind} file, which says so in 'kind'.")
    if outer.get("version") != version or isinstance(outer.get("version"), bool):
        raise TemplateError(
            f"{path}: its version is {outer.get('version')!r}, this library reads {version}; "
            "write it again with this version of the library, or install the one that wrote it."
        )
    content = outer.get("content")
    if outer.keys() != {"kind", "version", "content"} or not isinstance(content, dict):
        raise TemplateError(f"{path}: expected kind, version and content alone; got {sorted(outer)}.")
    return content


def _parse(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes(), parse_constant=_refuse_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise TemplateError(f"{path}: this is no JSON that can be read: {error}") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object in which every name stands once."""
    entries = dict(pairs)
    if len(entries) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return entries
