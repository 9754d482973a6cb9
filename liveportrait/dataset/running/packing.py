"""The images of a finished shard in one tar file: few files for many images, each found by its offset."""

import io
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.running.image_store import ImageStore
from liveportrait.dataset.running.ledger import Finished, Ledger
from liveportrait.dataset.schema.images import StoredImage
from liveportrait.media.pending_file import pending_file, write_error


def pack(ledger: Ledger, folder: DatasetFolder, *, stage: str, shard: int) -> None:
    """Move the shard's images into its tar file.

    It may be killed anywhere and called again: the file is written whole, then the ledger says
    so, then the single files go. Where the ledger could not say all of it, the file itself tells
    what lies where, and is written anew.
    """
    done = [finished for finished in ledger.state.finished.values() if finished.record.stored is not None]
    done.sort(key=lambda finished: finished.record.planned.image_id)
    target = folder.tar_shard(stage, shard)
    places = _places_in(target)
    if any(places.get(_name_of(finished), -1) != _stored(finished).offset for finished in done):
        packed = _write(done, places, target, folder)
        ledger.add([_moved(finished, stored) for finished, stored in zip(done, packed, strict=True)])
    for finished in done:
        _remove_single_file(finished, folder)


def _write(
    done: Sequence[Finished], places: Mapping[str, int], target: Path, folder: DatasetFolder
) -> list[StoredImage]:
    """The tar file with all images in the order given; the same images give the same bytes."""
    store = ImageStore(folder)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        pending = pending_file(target)
    except OSError as error:
        raise write_error(target, error) from error
    packed: list[StoredImage] = []
    try:
        with tarfile.open(pending.path, "w", format=tarfile.PAX_FORMAT) as tar:
            for finished in done:
                stored, name = _stored(finished), _name_of(finished)
                if stored.offset is not None:
                    stored = replace(stored, offset=places.get(name, stored.offset))
                offset = _append(tar, name, store.content(stored))
                packed.append(replace(stored, path=folder.relative(target), offset=offset))
        pending.commit()
    except OSError as error:
        raise write_error(target, error) from error
    finally:
        pending.discard()
    return packed


def _places_in(target: Path) -> dict[str, int]:
    """Where each image begins in the file that is there now; of a damaged one the ledger knows more."""
    try:
        with tarfile.open(target) as tar:
            return {member.name: member.offset_data for member in tar.getmembers()}
    except (OSError, tarfile.TarError):
        return {}


def _append(tar: tarfile.TarFile, name: str, content: bytes) -> int:
    """Add a member and return where its bytes begin."""
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))
    return tar.offset - _padded(len(content))


def _padded(num_bytes: int) -> int:
    return -(-num_bytes // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE


def _name_of(finished: Finished) -> str:
    """As WebDataset wants it: all of one identity have the same beginning up to the first dot."""
    extension = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}[_stored(finished).format]
    return f"{finished.record.planned.image_id}.{extension}"


def _stored(finished: Finished) -> StoredImage:
    assert finished.record.stored is not None
    return finished.record.stored


def _moved(finished: Finished, stored: StoredImage) -> Finished:
    """The same image in its new place; its failed attempts are told already."""
    return Finished(record=replace(finished.record, stored=stored), person=finished.person)


def _remove_single_file(finished: Finished, folder: DatasetFolder) -> None:
    planned, name = finished.record.planned, _name_of(finished)
    path = folder.image(planned.identity_id, planned.image_id, extension=name.rpartition(".")[2])
    path.unlink(missing_ok=True)
    if path.parent.is_dir() and not any(path.parent.iterdir()):
        path.parent.rmdir()
