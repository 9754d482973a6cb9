"""Lists of pairs, morphs and splits hold what they promise."""

import csv
import logging
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.people import Person, read_people
from liveportrait.dataset.protocols.csv_table import write_csv
from liveportrait.dataset.protocols.morphing import MadTrial, mad_trials, morph_candidates
from liveportrait.dataset.protocols.splits import SplitSettings, make_splits
from liveportrait.dataset.protocols.verification import (
    VerificationPair,
    VerificationSettings,
    verification_pairs,
)
from tests.dataset.finished import embeddings_of, identity_id, write_finished
from tests.dataset.people import people as fake_people


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> list[Person]:
    return list(read_people(write_finished(tmp_path_factory.mktemp("set") / "a", num_identities=40)))


def test_every_live_image_meets_its_document_and_strangers(crowd: list[Person]) -> None:
    settings = VerificationSettings(num_in_group=3, num_of_all=4)
    pairs = list(verification_pairs(crowd, settings))
    assert len(set(pairs)) == len(pairs) == 80 * 8
    for pair in pairs:
        assert pair.label == (pair.reference_identity == pair.probe_identity)
        assert pair.reference == f"{pair.reference_identity}.doc"
    assert Counter(pair.probe for pair in pairs if pair.label == 1) == Counter(
        image.planned.image_id for person in crowd for image in person.live
    )
    in_group = Counter(pair.probe for pair in pairs if pair.same_group and not pair.label)
    assert min(in_group.values()) >= 3


def test_pairs_do_not_depend_on_who_else_has_live_images(crowd: list[Person]) -> None:
    settings = VerificationSettings()
    some = [person if number % 2 else replace(person, live=()) for number, person in enumerate(crowd)]
    pairs = list(verification_pairs(crowd, settings))
    kept = {person.identity_id for person in crowd[1::2]}
    assert [pair for pair in pairs if pair.probe_identity in kept] == list(verification_pairs(some, settings))


@pytest.mark.parametrize("num", [1, 2, 5])
def test_a_small_crowd_is_met_once(num: int, crowd: list[Person]) -> None:
    pairs = list(verification_pairs(crowd[:num], VerificationSettings(num_in_group=9, num_of_all=9)))
    assert len(set(pairs)) == len(pairs) == 2 * num * num


def test_morphs_are_of_look_alikes_in_a_group(crowd: list[Person]) -> None:
    documents = embeddings_of(40).of_role("doc")
    pairs = morph_candidates(crowd, documents, num_partners=2)
    by_name = {person.identity_id: person for person in crowd}
    row_of = {name: row for row, name in enumerate(documents.identity_ids)}
    assert len({pair.morph_id for pair in pairs}) == len(pairs) >= 40
    for pair in pairs:
        first, second = by_name[pair.accomplice], by_name[pair.criminal]
        assert first.group == second.group == (pair.gender, pair.age, pair.origin)
        ours = documents.vectors[row_of[pair.accomplice]]
        assert pair.cosine == pytest.approx(float(ours @ documents.vectors[row_of[pair.criminal]]), abs=1e-6)
    best = pairs[0]
    others = [
        float(documents.vectors[row_of[one.identity_id]] @ documents.vectors[row_of[other.identity_id]])
        for one in crowd
        for other in crowd
        if one.group == other.group and one.identity_id != other.identity_id
    ]
    assert best.cosine == pytest.approx(max(others), abs=1e-6)


def test_a_document_without_a_vector_is_not_morphed(crowd: list[Person]) -> None:
    documents = embeddings_of(40).of_role("doc")
    vectors = documents.vectors.copy()
    vectors[3] = np.nan
    pairs = morph_candidates(crowd, replace(documents, vectors=vectors))
    assert pairs and all(identity_id(3) not in (pair.accomplice, pair.criminal) for pair in pairs)


def test_trials_hold_bona_fide_and_morphed_documents(crowd: list[Person]) -> None:
    pairs = morph_candidates(crowd, embeddings_of(40).of_role("doc"))
    trials = list(mad_trials(crowd, pairs))
    counts = Counter((trial.label, trial.live_role) for trial in trials)
    assert counts == {
        ("bona_fide", "self"): 80,
        ("morph", "accomplice"): 2 * len(pairs),
        ("morph", "criminal"): 2 * len(pairs),
    }
    for trial in trials:
        assert trial.live.startswith(trial.live_identity)
        if trial.label == "bona_fide":
            assert trial.document == f"{trial.live_identity}.doc"
        else:
            assert trial.document == f"morph_{trial.accomplice}_{trial.criminal}"


def test_splits_share_no_look_alike() -> None:
    documents = fake_people(300, num_live=0, dimensions=8)
    rows = make_splits(documents, threshold=0.85, settings=SplitSettings())
    split_of = {row.identity_id: row.split for row in rows}
    assert list(split_of) == list(documents.identity_ids)
    alike = np.argwhere(np.triu(documents.vectors @ documents.vectors.T >= 0.85, 1))
    assert len(alike) > 50
    for one, other in alike:
        assert split_of[documents.identity_ids[one]] == split_of[documents.identity_ids[other]]
    counts = Counter(split_of.values())
    assert counts["validation"] >= 20 and counts["test"] >= 20 and sum(counts.values()) == 300


def test_splits_of_strangers_have_the_shares_asked_for() -> None:
    documents = fake_people(100, num_live=0)
    settings = SplitSettings(train=0.5, validation=0.3, test=0.2)
    counts = Counter(row.split for row in make_splits(documents, threshold=0.99, settings=settings))
    assert counts == {"train": 50, "validation": 30, "test": 20}
    other = replace(settings, split_seed=1)
    assert make_splits(documents, threshold=0.99, settings=settings) != make_splits(
        documents, threshold=0.99, settings=other
    )


def test_shares_that_are_none_are_refused() -> None:
    with pytest.raises(DatasetError, match="sum to 1"):
        SplitSettings(train=0.9)


def test_one_large_cluster_is_spoken_of(caplog: pytest.LogCaptureFixture) -> None:
    documents = fake_people(20, num_live=0)
    with caplog.at_level(logging.WARNING):
        rows = make_splits(documents, threshold=-1.0, settings=SplitSettings())
    assert {row.split for row in rows} == {"train"} and {row.cluster for row in rows} == {identity_id(0)}
    assert "kept together" in caplog.text


def test_csv_is_read_by_others(tmp_path: Path) -> None:
    pair = VerificationPair(
        reference='a"b', probe="c,d", label=1, reference_identity="e", probe_identity="f", same_group=0
    )
    path = tmp_path / "new" / "pairs.csv"
    assert write_csv([pair], path, row_type=VerificationPair) == 1
    with path.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["reference"] == 'a"b' and row["probe"] == "c,d" and row["label"] == "1"
    assert write_csv([], path, row_type=MadTrial) == 0
    assert path.read_text() == "label,document,live,live_role,live_identity,accomplice,criminal\n"
