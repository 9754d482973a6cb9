import hashlib
import os
from pathlib import Path

import pytest

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.planning.config import DocumentSource
from liveportrait.dataset.planning.documents import DocumentListing, list_documents
from tests.dataset.planning.documents import write_document


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "documents"
    for seed, name in enumerate(["b.png", "a.png", "deep/er/c.jpg"]):
        write_document(path / name, seed=seed)
    return path


def _list(folder: Path, *, leave_out: Path = Path("/nowhere"), **options: object) -> DocumentListing:
    source = DocumentSource(folder=folder, **options)  # pyright: ignore[reportArgumentType]
    return list_documents(source, leave_out=leave_out)


def _paths(listing: DocumentListing) -> list[str]:
    return [document.path for document in listing.documents]


def _reasons(listing: DocumentListing) -> dict[str | None, str]:
    return {failure.place.subject: failure.error_class for failure in listing.failures}


def test_all_folders_are_searched_and_paths_ordered(folder: Path) -> None:
    listing = _list(folder)
    assert _paths(listing) == ["a.png", "b.png", "deep/er/c.jpg"]
    assert listing.documents[0].sha256 == hashlib.sha256((folder / "a.png").read_bytes()).hexdigest()
    assert not listing.failures


def test_the_search_can_be_narrowed(folder: Path) -> None:
    assert _paths(_list(folder, search="flat")) == ["a.png", "b.png"]
    assert _paths(_list(folder, suffixes=(".jpg",))) == ["deep/er/c.jpg"]
    assert _paths(_list(folder, pattern="[bc]*")) == ["b.png", "deep/er/c.jpg"]


def test_the_listing_has_a_digest_of_names_and_contents(folder: Path) -> None:
    first = _list(folder).sha256
    (folder / "a.png").rename(folder / "z.png")
    renamed = _list(folder).sha256
    write_document(folder / "z.png", seed=9)
    assert len({first, renamed, _list(folder).sha256}) == 3


def test_of_equal_files_the_first_stands_for_all(folder: Path) -> None:
    (folder / "deep" / "copy.png").write_bytes((folder / "b.png").read_bytes())
    listing = _list(folder)
    assert _paths(listing) == ["a.png", "b.png", "deep/er/c.jpg"]
    assert _reasons(listing) == {"deep/copy.png": "DuplicateDocumentError"}
    assert "b.png" in listing.failures[0].message


def test_what_is_no_picture_is_a_failure_and_the_rest_goes_on(folder: Path) -> None:
    (folder / "empty.png").touch()
    (folder / "text.jpg").write_text("a picture, they said")
    (folder / "cut.png").write_bytes((folder / "a.png").read_bytes()[:20])
    (folder / "gone.png").symlink_to(folder / "nowhere.png")
    os.mkfifo(folder / "pipe.png")
    listing = _list(folder)
    assert _paths(listing) == ["a.png", "b.png", "deep/er/c.jpg"]
    assert set(_reasons(listing)) == {"empty.png", "text.jpg", "cut.png", "gone.png", "pipe.png"}
    assert all(failure.place.stage == "plan" and failure.message for failure in listing.failures)
    assert not any(str(folder) in failure.message for failure in listing.failures)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_a_failure(folder: Path) -> None:
    (folder / "a.png").chmod(0)
    (folder / "deep").chmod(0)
    try:
        assert set(_reasons(_list(folder))) == {"a.png", "deep"}
    finally:
        (folder / "deep").chmod(0o755)


def test_a_folder_that_cannot_be_read_is_a_failure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def refusing(path: Path) -> object:
        if path.name == "deep":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    listing = _list(folder)
    assert _paths(listing) == ["a.png", "b.png"]
    assert _reasons(listing) == {"deep": "PermissionError"}


@pytest.mark.parametrize(
    "name",
    [
        "new\nline.png",
        "quote'\".png",
        " .png",
        "\\.png",
        "%s{0}.png",
        "\u202egnp.png",
        "a" * 251 + ".png",
        "-rf.png",
    ],
)
def test_odd_names_are_names(folder: Path, name: str) -> None:
    write_document(folder / name, seed=7)
    assert name in _paths(_list(folder))


def test_a_name_that_is_no_text_is_a_failure(folder: Path) -> None:
    path = os.fsencode(folder) + b"/\xff\xfe.png"
    with open(path, "wb") as file:  # noqa: PTH123 (no Path holds these bytes as they are)
        file.write((folder / "a.png").read_bytes() + b"\0")
    assert _reasons(_list(folder)) == {"\\udcff\\udcfe.png": "DocumentNameError"}


def test_links_to_files_count_and_links_to_folders_do_not_lead_astray(folder: Path, tmp_path: Path) -> None:
    outside = write_document(tmp_path / "outside" / "d.png", seed=5)
    (folder / "linked.png").symlink_to(outside)
    (folder / "deep" / "round").symlink_to(folder)
    (folder / "away").symlink_to(outside.parent)
    assert _paths(_list(folder)) == ["a.png", "b.png", "deep/er/c.jpg", "linked.png"]


def test_the_dataset_itself_is_left_out_and_so_are_hidden_files(folder: Path) -> None:
    write_document(folder / "dataset" / "images" / "x.png", seed=6)
    write_document(folder / ".thumbnail.png", seed=7)
    assert _paths(_list(folder, leave_out=folder / "dataset")) == ["a.png", "b.png", "deep/er/c.jpg"]


def test_there_must_be_a_folder(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="there is none"):
        _list(tmp_path / "none")
