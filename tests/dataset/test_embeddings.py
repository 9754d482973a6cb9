"""Vectors and the images that they belong to travel together."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from liveportrait.dataset.embeddings import (
    Embeddings,
    Recogniser,
    embedding_names,
    load_embeddings,
    save_embeddings,
)
from liveportrait.dataset.errors import DatasetError

RECOGNISER = Recogniser(name="fake-r18", weights_sha256="ab" * 32, licence="MIT")


def some_embeddings(*, num: int = 5, seed: int = 0) -> Embeddings:
    vectors = np.random.default_rng(seed).standard_normal((num, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Embeddings(
        recogniser=RECOGNISER,
        image_ids=tuple(f"image{number}" for number in range(num)),
        identity_ids=tuple(f"person{number // 2}" for number in range(num)),
        roles=tuple("live" if number % 2 else "doc" for number in range(num)),
        vectors=vectors,
    )


def test_they_come_back_as_they_were(tmp_path: Path) -> None:
    saved = some_embeddings()
    path = save_embeddings(saved, tmp_path)
    assert path == tmp_path / "embeddings" / "fake-r18.npy"
    found = load_embeddings(tmp_path, "fake-r18")
    assert np.array_equal(found.vectors, saved.vectors)
    assert found.recogniser == RECOGNISER
    assert (found.image_ids, found.identity_ids, found.roles) == (
        saved.image_ids,
        saved.identity_ids,
        saved.roles,
    )
    assert embedding_names(tmp_path) == ["fake-r18"]
    assert sorted(file.name for file in path.parent.iterdir()) == ["fake-r18.npy", "fake-r18.parquet"]


def test_an_image_without_a_vector_is_a_failure_to_enrol(tmp_path: Path) -> None:
    saved = some_embeddings()
    vectors = saved.vectors.copy()
    vectors[2] = np.nan
    save_embeddings(replace(saved, vectors=vectors), tmp_path)
    assert load_embeddings(tmp_path, "fake-r18").enrolled.tolist() == [True, True, False, True, True]


def test_documents_can_be_taken_alone() -> None:
    documents = some_embeddings().of_role("doc")
    assert documents.image_ids == ("image0", "image2", "image4")
    assert np.array_equal(documents.vectors, some_embeddings().vectors[::2])


def test_none_at_all_are_no_fault(tmp_path: Path) -> None:
    save_embeddings(some_embeddings(num=0), tmp_path)
    assert len(load_embeddings(tmp_path, "fake-r18")) == 0


@pytest.mark.parametrize(
    "vectors",
    [
        np.ones((5, 8), np.float32),
        np.full((5, 8), 0.125**0.5, np.float64),
        np.full((4, 8), 0.125**0.5, np.float32),
        np.where(np.arange(8) == 3, np.nan, np.float32(0.37)).astype(np.float32)[None].repeat(5, axis=0),
    ],
)
def test_vectors_that_are_none_are_refused(vectors: np.ndarray, tmp_path: Path) -> None:
    root = tmp_path / "embeddings"
    root.mkdir()
    save_embeddings(some_embeddings(), tmp_path)
    np.save(root / "fake-r18.npy", vectors)
    with pytest.raises(DatasetError, match="not of one run"):
        load_embeddings(tmp_path, "fake-r18")
    _sign_anew(root)
    with pytest.raises(DatasetError, match="expected"):
        load_embeddings(tmp_path, "fake-r18")


def _sign_anew(folder: Path) -> None:
    """The index of a writer that checks nothing."""
    import hashlib

    index = pq.read_table(folder / "fake-r18.parquet")
    digest = hashlib.sha256((folder / "fake-r18.npy").read_bytes()).hexdigest()
    metadata = {**(index.schema.metadata or {}), b"vectors_sha256": digest.encode()}
    pq.write_table(index.replace_schema_metadata(metadata), folder / "fake-r18.parquet")


def test_an_image_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="twice"):
        save_embeddings(replace(some_embeddings(num=2), image_ids=("same", "same")), tmp_path)
    assert not (tmp_path / "embeddings").exists()


def test_what_is_not_there_is_said_with_what_is(tmp_path: Path) -> None:
    save_embeddings(some_embeddings(), tmp_path)
    with pytest.raises(DatasetError, match="fake-r18"):
        load_embeddings(tmp_path, "arcface")
    with pytest.raises(DatasetError, match="name of letters"):
        load_embeddings(tmp_path, "../secrets")


@pytest.mark.parametrize("damage", [b"", b"no numpy file", b"\x93NUMPY\x01\x00v\x00{'descr': '|O'"])
def test_a_damaged_file_is_named(damage: bytes, tmp_path: Path) -> None:
    path = save_embeddings(some_embeddings(), tmp_path)
    path.write_bytes(damage)
    with pytest.raises(DatasetError, match="fake-r18"):
        load_embeddings(tmp_path, "fake-r18")
    save_embeddings(some_embeddings(), tmp_path)
    path.with_suffix(".parquet").write_bytes(damage)
    with pytest.raises(DatasetError, match="fake-r18"):
        load_embeddings(tmp_path, "fake-r18")


def test_a_table_of_something_else_is_refused(tmp_path: Path) -> None:
    path = save_embeddings(some_embeddings(), tmp_path)
    pq.write_table(pa.table({"image_id": ["a"]}), path.with_suffix(".parquet"))
    with pytest.raises(DatasetError, match="columns"):
        load_embeddings(tmp_path, "fake-r18")
