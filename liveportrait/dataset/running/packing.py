"""The images of a finished shard in one tar file: few files for many images, each found by its offset."""

import io
import tarfile
from collections.abc import Sequence
from dataclasses import replace

from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.running.image_store import ImageStore
from liveportrait.dataset.running.ledger import Finished, Ledger
from liveportrait.dataset.schema.images import StoredImage
from liveportrait.media.pending_file import pending_file, write_error


def pack(ledger: Ledger, folder: DatasetFolder, *, stage: str, shard: int) -> None:
    """Move the shard's images into its tar file.

    It may be killed anywhere and called again: the file is written whole, then the ledger says
    so, then the single files go.
    """
    done = [finished for finished in ledger.state.finished.values() if finished.record.stored is not None]
    done.sort(key=lambda finished: finished.record.planned.image_id)
    loose = [stored for finished in done if (stored := finished.record.stored) and stored.offset is None]
    store = ImageStore(folder)
    if loose:
        packed = _write(done, store, folder, stage=stage, shard=shard)
        ledger.add([_moved(finished, stored) for finished, stored in zip(done, packed, strict=True)])
    for finished in done:
        _remove_single_file(finished, folder)


def _write(
    done: Sequence[Finished], store: ImageStore, folder: DatasetFolder, *, stage: str, shard: int
) -> list[StoredImage]:
    """The tar file with all images in the order given; the same images give the same bytes."""
    target = folder.tar_shard(stage, shard)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        pending = pending_file(target)
    except OSError as error:
        raise write_error(target, error) from error
    packed: list[StoredImage] = []
    try:
        with tarfile.open(pending.path, "w", format=tarfile.PAX_FORMAT) as tar:
            for finished in done:
                stored = finished.record.stored
                assert stored is not None
                offset = _append(tar, _name_of(finished), store.content(stored))
                packed.append(replace(stored, path=folder.relative(target), offset=offset))
        pending.commit()
    except OSError as error:
        raise write_error(target, error) from error
    finally:
        pending.discard()
    return packed


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
    stored = finished.record.stored
    assert stored is not None
    extension = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}[stored.format]
    return f"{finished.record.planned.image_id}.{extension}"


def _moved(finished: Finished, stored: StoredImage) -> Finished:
    """The same image in its new place; its failed attempts are told already."""
    return Finished(record=replace(finished.record, stored=stored), person=finished.person)


def _remove_single_file(finished: Finished, folder: DatasetFolder) -> None:
    planned, name = finished.record.planned, _name_of(finished)
    path = folder.image(planned.identity_id, planned.image_id, extension=name.rpartition(".")[2])
    path.unlink(missing_ok=True)
    if path.parent.is_dir() and not any(path.parent.iterdir()):
        path.parent.rmdir()
