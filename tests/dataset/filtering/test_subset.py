"""Lists of people who can be told apart, named as FLUXSynID names them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from liveportrait.dataset.embeddings import Embeddings
from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.filtering.subset import FilterPolicy, read_subset, subset_of, write_subset
from tests.dataset.people import people


def doubles(num: int) -> Embeddings:
    """Documents of people who come in pairs that look the same."""
    documents = people(num, num_live=0, dimensions=32)
    vectors = documents.vectors.copy()
    vectors[1::2] = vectors[::2]
    return replace(documents, vectors=vectors)


def test_one_of_two_doubles_stays() -> None:
    subset = subset_of(doubles(10), threshold=0.99, fmr=0.0001)
    assert subset.kept == tuple(f"{code:012x}" for code in (1, 3, 5, 7, 9))
    assert (subset.num_matches_before, subset.num_matches, subset.match_rate) == (5, 0, 0.0)
    assert subset.match_rate_before == pytest.approx(5 / 45)


@pytest.mark.parametrize(
    ("policy", "kept"), [("fmr", (1, 3, 4, 5)), ("onot", (1, 3, 5)), ("first-come", (0, 2, 4))]
)
def test_policies(policy: FilterPolicy, kept: tuple[int, ...]) -> None:
    subset = subset_of(doubles(6), threshold=0.99, fmr=0.19, policy=policy)
    assert subset.kept == tuple(f"{code:012x}" for code in kept)


def test_the_order_of_the_documents_does_not_matter() -> None:
    documents = people(300, num_live=0, dimensions=6)
    order = np.random.default_rng(0).permutation(300)
    shuffled = replace(
        documents,
        image_ids=tuple(documents.image_ids[row] for row in order),
        identity_ids=tuple(documents.identity_ids[row] for row in order),
        vectors=documents.vectors[order],
    )
    subset = subset_of(documents, threshold=0.9, fmr=0.001)
    assert 10 < len(subset.kept) < 290
    assert subset_of(shuffled, threshold=0.9, fmr=0.001).kept == subset.kept


def test_a_document_without_a_face_is_left_out_and_named() -> None:
    documents = people(4, num_live=0)
    vectors = documents.vectors.copy()
    vectors[2] = np.nan
    subset = subset_of(replace(documents, vectors=vectors), threshold=0.99, fmr=0.001)
    assert subset.not_enrolled == (f"{2:012x}",)
    assert len(subset.kept) == 3


def test_two_documents_of_one_person_are_refused() -> None:
    with pytest.raises(DatasetError, match="one document an identity"):
        subset_of(people(3, num_live=1), threshold=0.5, fmr=0.001)


@pytest.mark.parametrize(
    ("policy", "fmr", "name"),
    [
        ("fmr", 0.001, "similarity_filtering_fake-r18_thr_0.42314568161964417_fmr_0.001.txt"),
        ("fmr", 0.0001, "similarity_filtering_fake-r18_thr_0.42314568161964417_fmr_0.0001.txt"),
        ("onot", 0.00001, "similarity_filtering_fake-r18-onot_thr_0.42314568161964417_fmr_0.00001.txt"),
    ],
)
def test_names_are_those_of_fluxsynid(policy: FilterPolicy, fmr: float, name: str, tmp_path: Path) -> None:
    subset = subset_of(doubles(4), threshold=0.42314568161964417, fmr=fmr, policy=policy)
    path = write_subset(subset, tmp_path / "subsets")
    assert path.name == name
    assert path.read_text() == "".join(f"{name}\n" for name in subset.kept)
    assert read_subset(path) == list(subset.kept)
    facts = json.loads(path.with_suffix(".json").read_text())
    assert facts["alike"] == list(subset.alike) and facts["num_kept"] == len(subset.kept)


@pytest.mark.parametrize("content", [b"same\nsame\n", b"\xff\xfe\x00"])
def test_a_list_that_is_none_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"list\.txt"):
        read_subset(path)
    with pytest.raises(DatasetError, match=r"nowhere\.txt"):
        read_subset(tmp_path / "nowhere.txt")
