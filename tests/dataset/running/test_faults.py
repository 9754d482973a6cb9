"""What users' disks and documents do: each fault becomes a row, and the run goes on."""

import os
import resource
import shutil
import signal
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.generators.folder import FolderConfig
from liveportrait.dataset.running.image_store import EncodedImage, ImageStore
from liveportrait.dataset.schema.failures import FailureRow
from liveportrait.dataset.schema.tables import read_rows
from liveportrait.errors import MediaError, SettingError
from liveportrait.media import image_writer
from tests.dataset.running.fakes import FACELESS, ONE_WORKER, RECIPE, noise
from tests.dataset.running.plans import plan_of_files, plan_of_prompts
from tests.dataset.running.runs import bytes_of_results, records, run_here

FILES = replace(RECIPE, documents=FolderConfig())


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """Three good documents, one without a face, one twice, and what people and attackers put beside them."""
    folder = tmp_path / "documents"
    folder.mkdir()
    for number in range(3):
        picture = noise(number)
        picture[0, 0, 0] = 200
        Image.fromarray(picture).save(folder / f"{number}.png")
    nobody = noise(9)
    nobody[0, 0, 0] = FACELESS
    Image.fromarray(nobody).save(folder / "wall.png")
    shutil.copy(folder / "0.png", folder / "0 again.png")
    (folder / "cut.png").write_bytes((folder / "1.png").read_bytes()[:300])
    (folder / "empty.jpg").touch()
    (folder / "text.jpg").write_text("I am no picture")
    (folder / "bomb.png").write_bytes(_bomb())
    (folder / "dangling.png").symlink_to(folder / "nowhere.png")
    return folder


def failures_of(folder: DatasetFolder) -> dict[str, list[str]]:
    """By class: images, or files where there is no image."""
    found: dict[str, list[str]] = {}
    for failure in read_rows(folder.failures, FailureRow):
        found.setdefault(failure.error_class, []).append(
            failure.place.image_id or failure.place.subject or ""
        )
    return found


def test_hostile_documents_are_rows_and_the_others_are_made(tmp_path: Path, documents: Path) -> None:
    folder = plan_of_files(tmp_path / "dataset", documents)
    summary = run_here(folder, FILES)
    assert summary.collected is not None
    good = [record for record in records(folder) if record.status == "ok"]
    assert len({record.planned.identity_id for record in good}) == 3
    assert len(good) == 9
    failures = list(read_rows(folder.failures, FailureRow))
    unplanned = {failure.place.subject for failure in failures if failure.place.identity_id is None}
    assert unplanned >= {"bomb.png", "dangling.png", "empty.jpg", "text.jpg"}
    assert {"0.png", "0 again.png"} & {failure.place.subject for failure in failures}
    assert summary.num_failed == 5  # the cut document with its two images, and those of the wall
    assert len(failures_of(folder)["NoFaceError"]) == 2
    assert len(failures_of(folder)["DocumentFailedError"]) == 2
    assert any(failure.message.startswith("cut.png: ") for failure in failures)
    assert not any(str(tmp_path) in failure.message for failure in failures), "where it lay concerns nobody"


def test_documents_come_from_where_they_were_planned(tmp_path: Path, documents: Path) -> None:
    with pytest.raises(SettingError, match="--documents words"):
        run_here(plan_of_prompts(tmp_path / "drawn", num_identities=1), FILES)
    with pytest.raises(SettingError, match="--documents files"):
        run_here(plan_of_files(tmp_path / "files", documents), RECIPE)


def test_a_document_that_changed_since_it_was_planned_is_not_taken(tmp_path: Path, documents: Path) -> None:
    folder = plan_of_files(tmp_path / "dataset", documents)
    Image.fromarray(noise(77)).save(documents / "1.png")
    (documents / "2.png").unlink()
    run_here(folder, FILES)
    found = failures_of(folder)
    assert len(found["DatasetError"]) >= 1
    good = {record.planned.identity_id for record in records(folder) if record.status == "ok"}
    assert len(good) == 1


def test_documents_that_were_moved_are_found_by_planning_again(tmp_path: Path, documents: Path) -> None:
    folder = plan_of_files(tmp_path / "dataset", documents)
    moved = documents.rename(tmp_path / "moved")
    assert run_here(folder, FILES).num_failed == 15
    assert "plan again from the new one" in next(
        failure.message
        for failure in read_rows(folder.failures, FailureRow)
        if failure.error_class == "MediaError" and failure.place.image_id is not None
    )
    tables = folder.planned_images.read_bytes(), folder.planned_identities.read_bytes()
    plan_of_files(tmp_path / "dataset", moved)
    assert (folder.planned_images.read_bytes(), folder.planned_identities.read_bytes()) == tables
    again = run_here(folder, FILES, replace(ONE_WORKER, retry_failed=True))
    assert again.num_failed == 5


@pytest.mark.skipif(os.name != "posix", reason="limits of file sizes are POSIX's")
def test_a_full_disk_is_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Images larger than the limit cannot be written; ledgers and tables can."""
    folder = plan_of_prompts(tmp_path, num_identities=3)
    encode = image_writer.encode_image

    def padded(*arguments: object, **options: object) -> bytes:
        return encode(*arguments, **options) + bytes(200_000)  # type: ignore[arg-type]

    monkeypatch.setattr("liveportrait.dataset.running.image_store.encode_image", padded)
    with files_of_at_most(150_000):
        summary = run_here(folder)
    assert summary.is_complete
    assert summary.num_failed == 9
    assert set(failures_of(folder)) == {"MediaError", "DocumentFailedError"}
    assert not list((tmp_path / "images").rglob("*.p*"))
    again = run_here(folder, RECIPE, execution=replace(ONE_WORKER, retry_failed=True))
    assert again.num_failed == 0


@pytest.mark.skipif(os.name != "posix", reason="limits of file sizes are POSIX's")
def test_where_no_row_can_be_written_the_run_ends_in_words_and_goes_on_later(tmp_path: Path) -> None:
    """No ledger may grow beyond a few lines, as on a disk that is full to the last byte."""
    calm, full = (plan_of_prompts(tmp_path / name, num_identities=4) for name in ("calm", "full"))
    run_here(calm)
    with files_of_at_most(4_000), pytest.raises(MediaError, match="no space left"):
        run_here(full)
    assert not full.images.exists()
    run_here(full)
    assert bytes_of_results(full) == bytes_of_results(calm)


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = plan_of_prompts(tmp_path, num_identities=1)
    run_here(folder)
    record = records(folder)[0]
    assert record.stored is not None
    place = (tmp_path / record.stored.path).parent
    before = sorted(place.iterdir())

    def refuse(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    store = ImageStore(folder)
    content = store.content(record.stored)
    with pytest.raises(MediaError, match="no space"):
        store.put(EncodedImage(content=content, extension="png", width=1, height=1), record.planned)
    assert sorted(place.iterdir()) == before


@contextmanager
def files_of_at_most(num_bytes: int) -> Iterator[None]:
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.getsignal(signal.SIGXFSZ)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def _bomb() -> bytes:
    """A PNG of a few bytes that claims 60,000 x 60,000 pixels."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b"")]
    parts = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
