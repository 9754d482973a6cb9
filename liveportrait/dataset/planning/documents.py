"""The document images of a folder: found, hashed, and each told apart from the others.

A file that cannot be a document is a failure row and never an end: what is unreadable, empty, no
picture, of a name that no table can hold, or the same picture as another one.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.planning.config import DocumentSource
from liveportrait.dataset.schema.failures import FailurePlace, FailureRow, failure_row, printable
from liveportrait.errors import LivePortraitError
from liveportrait.media.images import opened_image
from liveportrait.media.progress import Progress, silent

STAGE = "plan"


class DuplicateDocumentError(DatasetError):
    """The same file stands twice in the folder."""


class DocumentNameError(DatasetError):
    """A name that cannot be written into a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFile:
    """A document image that can be planned with."""

    path: str
    """Within the folder, with `/`."""
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentListing:
    """All of a folder, in order of the paths."""

    documents: tuple[DocumentFile, ...]
    failures: tuple[FailureRow, ...]

    @property
    def names(self) -> set[str]:
        """Of everything that was looked at."""
        failed = {failure.place.subject for failure in self.failures}
        return {document.path for document in self.documents} | {name for name in failed if name is not None}

    @property
    def sha256(self) -> str:
        """Of all paths and hashes."""
        lines = "".join(f"{document.path}\0{document.sha256}\n" for document in self.documents)
        return hashlib.sha256(lines.encode()).hexdigest()


def list_documents(
    source: DocumentSource, *, leave_out: Path, progress: Progress = silent
) -> DocumentListing:
    """Look at every picture of the folder; `leave_out` is where the dataset goes, should it lie within."""
    if not source.folder.is_dir():
        raise DatasetError(f"{source.folder}: expected a folder of pictures; there is none.")
    failures: list[FailureRow] = []
    paths = sorted(_found(source, leave_out.resolve(), failures), key=lambda path: path.as_posix())
    documents: dict[str, DocumentFile] = {}
    for number, path in enumerate(paths, start=1):
        name = path.relative_to(source.folder).as_posix()
        try:
            document = _look_at(path, name)
            if document.sha256 in documents:
                first = documents[document.sha256].path
                raise DuplicateDocumentError(f"{name}: the same file as {first}, which stands for both.")
            documents[document.sha256] = document
        except (LivePortraitError, OSError) as error:
            failures.append(_failure(error, path, source))
        progress(number, len(paths))
    return DocumentListing(documents=tuple(documents.values()), failures=tuple(failures))


def _look_at(path: Path, name: str) -> DocumentFile:
    if printable(name) != name:
        raise DocumentNameError(f"{printable(name)}: the name is no UTF-8; rename it.")
    with opened_image(path):  # reads the header alone
        pass
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return DocumentFile(path=name, sha256=digest)


def _found(source: DocumentSource, leave_out: Path, failures: list[FailureRow]) -> Iterator[Path]:
    """Paths of what is called as a picture is; folders that cannot be read become failures."""
    folders = [source.folder]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as listing:
                entries = [(folder / entry.name, entry.is_dir(follow_symlinks=False)) for entry in listing]
        except OSError as error:
            failures.append(_failure(error, folder, source))
            continue
        for path, is_folder in entries:
            if not is_folder and _is_wanted(path.name, source):
                yield path
            elif is_folder and source.search == "recursive" and path.resolve() != leave_out:
                folders.append(path)


def _is_wanted(name: str, source: DocumentSource) -> bool:
    extension = Path(name).suffix.lower()
    return extension in source.suffixes and not name.startswith(".") and fnmatchcase(name, source.pattern)


def _failure(error: Exception, path: Path, source: DocumentSource) -> FailureRow:
    """With the path within the folder alone: where the folder is on this machine concerns no reader."""
    name = printable(path.relative_to(source.folder).as_posix())
    row = failure_row(error, FailurePlace(stage=STAGE, subject=name), worker=STAGE)
    return replace(row, message=row.message.replace(printable(str(path)), name))
