"""What a recogniser sees in a dataset's images: a table of vectors, and beside it whose they are.

`embeddings/{name}.npy` holds float32 (n, d) and can be mapped into memory; row k of
`embeddings/{name}.parquet` says of which image vector k is. The Parquet file names the
recogniser and the digest of the vectors, so that a pair that was torn apart is noticed.
"""

import hashlib
import re
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32
from numpy import ndarray

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.schema.arrow_types import arrow
from liveportrait.media.pending_file import PendingFile, write_error

FOLDER = "embeddings"
FORMAT = "liveportrait-embeddings/1"
COLUMNS = ("image_id", "identity_id", "role")

LENGTH_TOLERANCE = 1e-3
"""How far a vector may be from unit length: half precision on the way costs less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recogniser:
    """The network that made the vectors; scores of two of them cannot be compared."""

    name: str
    """Names the files: letters, digits, dots, dashes and underscores."""
    weights_sha256: str
    licence: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Embeddings:
    """One vector an image, in one order."""

    recogniser: Recogniser
    image_ids: tuple[str, ...]
    identity_ids: tuple[str, ...]
    roles: tuple[str, ...]
    """`doc` or `live`."""
    vectors: Float32[ndarray, "n d"]
    """Of unit length; a row of nan where the recogniser found no face: a failure to enrol."""

    def __len__(self) -> int:
        return len(self.image_ids)

    @property
    def enrolled(self) -> Bool[ndarray, "n"]:
        """Whether the image gave a vector."""
        return np.isfinite(self.vectors[:, 0])

    def where(self, chosen: Bool[ndarray, "n"]) -> "Embeddings":
        """Those images alone, in the same order."""
        rows = np.flatnonzero(chosen).tolist()
        return Embeddings(
            recogniser=self.recogniser,
            image_ids=tuple(self.image_ids[row] for row in rows),
            identity_ids=tuple(self.identity_ids[row] for row in rows),
            roles=tuple(self.roles[row] for row in rows),
            vectors=np.asarray(self.vectors[rows]),
        )

    def of_role(self, role: str) -> "Embeddings":
        """The documents, or the live images."""
        return self.where(np.array([own == role for own in self.roles], dtype=bool))

    def of_images(self, image_ids: Set[str]) -> "Embeddings":
        """Those of some images, as of the good ones."""
        return self.where(np.array([own in image_ids for own in self.image_ids], dtype=bool))


def save_embeddings(embeddings: Embeddings, root: Path) -> Path:
    """Write the pair into the dataset at `root`; returns the path of the vectors."""
    origin = f"the embeddings of {embeddings.recogniser.name}"
    _check_shape(embeddings.vectors, len(embeddings), origin=origin)
    _check_content(embeddings, origin=origin)
    vectors_path, index_path = _paths(root, embeddings.recogniser.name)
    vectors_path.parent.mkdir(parents=True, exist_ok=True)
    vectors, index = PendingFile(vectors_path), PendingFile(index_path)
    try:
        with vectors.path.open("wb") as file:
            np.save(file, np.ascontiguousarray(embeddings.vectors), allow_pickle=False)
        arrow().parquet.write_table(_index(embeddings, _digest(vectors.path)), index.path)
        vectors.commit()
        index.commit()
    except OSError as error:
        raise write_error(vectors_path, error) from error
    finally:
        vectors.discard()
        index.discard()
    return vectors_path


def load_embeddings(root: Path, name: str) -> Embeddings:
    """Read the pair; the vectors stay on the disk until they are used."""
    vectors_path, index_path = _paths(root, name)
    pa = arrow()
    try:
        index = pa.parquet.read_table(index_path)
        vectors = np.load(vectors_path, mmap_mode="r", allow_pickle=False)
        digest = _digest(vectors_path)
    except (OSError, ValueError, EOFError, pa.ArrowException) as error:
        known = ", ".join(embedding_names(root)) or "none"
        raise DatasetError(
            f"{vectors_path}: expected the vectors and the .parquet of the recogniser {name} ({error}); "
            f"this dataset holds embeddings of: {known}."
        ) from error
    stored = {key.decode(): value.decode() for key, value in (index.schema.metadata or {}).items()}
    if stored.get("format") != FORMAT or index.column_names != list(COLUMNS):
        raise DatasetError(f"{index_path}: expected the columns {', '.join(COLUMNS)} in format {FORMAT}.")
    if stored.get("vectors_sha256") != digest:
        raise DatasetError(f"{vectors_path} and {index_path.name} are not of one run; embed the images anew.")
    _check_shape(vectors, len(index), origin=str(vectors_path))
    embeddings = Embeddings(
        recogniser=Recogniser(
            name=name, weights_sha256=stored.get("weights_sha256", ""), licence=stored.get("licence", "")
        ),
        image_ids=tuple(index["image_id"].to_pylist()),
        identity_ids=tuple(index["identity_id"].to_pylist()),
        roles=tuple(index["role"].to_pylist()),
        vectors=vectors,
    )
    _check_content(embeddings, origin=str(vectors_path))
    return embeddings


def embedding_names(root: Path) -> list[str]:
    """The recognisers whose embeddings lie in the dataset."""
    return sorted(path.stem for path in (root / FOLDER).glob("*.npy"))


def check_name(name: str) -> str:
    """The name of a recogniser, if files can be called by it."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name):
        raise DatasetError(
            f"Expected a recogniser's name of letters, digits, dots, dashes and underscores; got {name!r}."
        )
    return name


def _paths(root: Path, name: str) -> tuple[Path, Path]:
    check_name(name)
    return root / FOLDER / f"{name}.npy", root / FOLDER / f"{name}.parquet"


def _index(embeddings: Embeddings, digest: str) -> Any:
    pa = arrow()
    columns = (embeddings.image_ids, embeddings.identity_ids, embeddings.roles)
    arrays = [pa.array(column, type=pa.string()) for column in columns]
    metadata = {
        "format": FORMAT,
        "vectors_sha256": digest,
        "weights_sha256": embeddings.recogniser.weights_sha256,
        "licence": embeddings.recogniser.licence,
    }
    return pa.table(arrays, names=list(COLUMNS)).replace_schema_metadata(metadata)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_shape(vectors: ndarray, num: int, *, origin: str) -> None:
    if vectors.dtype != np.float32 or vectors.ndim != 2 or len(vectors) != num or not vectors.shape[1]:
        raise DatasetError(
            f"{origin}: expected float32 vectors, one for each of {num} images; "
            f"got {vectors.dtype} of shape {vectors.shape}."
        )


def _check_content(embeddings: Embeddings, *, origin: str) -> None:
    vectors = embeddings.vectors
    if len(set(embeddings.image_ids)) != len(embeddings):
        raise DatasetError(f"{origin}: an image stands in it twice.")
    lengths = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))
    lost = np.isnan(lengths)
    if np.any(np.abs(lengths[~lost] - 1) > LENGTH_TOLERANCE) or not np.isnan(vectors[lost]).all():
        raise DatasetError(f"{origin}: expected vectors of unit length, or nan where there is none.")
