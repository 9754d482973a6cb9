"""Where a plan's documents lie on this machine: not in the plan, which is published and never changes."""

import json
from pathlib import Path

from liveportrait.dataset.errors import DatasetError
from liveportrait.media.pending_file import write_bytes, write_error

KEY = "document_folder"


def write_document_place(documents: Path, path: Path) -> None:
    """Put it down, in place of an earlier one: documents may be moved."""
    content = json.dumps({KEY: str(documents)}).encode("ascii") + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.read_bytes() == content:
            return
    except OSError as error:
        raise write_error(path, error) from error
    write_bytes(path, content)


def read_document_place(path: Path) -> Path | None:
    """None where the documents are no files."""
    if not path.exists():
        return None
    try:
        return Path(json.loads(path.read_bytes())[KEY])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DatasetError(f"{path}: expected the documents' folder ({error!r}); plan again.") from error
