"""The bytes of an image of a dataset, from a file of its own or from a tar shard. No torch."""

import hashlib

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.schema.images import StoredImage


def stored_content(folder: DatasetFolder, stored: StoredImage) -> bytes:
    """The bytes, as they should be.

    Raises:
        DatasetError: when they are missing or others, or lie outside of the dataset.
    """
    path = folder.root / stored.path
    if not path.resolve().is_relative_to(folder.root.resolve()):
        raise DatasetError(f"{stored.path}: expected a place within {folder.root}; the table is damaged.")
    try:
        with path.open("rb") as file:
            file.seek(stored.offset or 0)
            content = file.read(stored.num_bytes if stored.offset is not None else -1)
    except OSError as error:
        raise DatasetError(f"{path}: the image cannot be read: {error.strerror}.") from error
    if hashlib.sha256(content).hexdigest() != stored.sha256:
        raise DatasetError(f"{path}: the image's bytes are not those that were recorded.")
    return content
