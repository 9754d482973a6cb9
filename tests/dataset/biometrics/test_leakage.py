"""Copies of real people are found; strangers are found as often as chance would have it."""

from dataclasses import replace

import numpy as np
import pytest

from liveportrait.dataset.biometrics.leakage import leakage
from liveportrait.dataset.embeddings import Recogniser
from liveportrait.dataset.errors import DatasetError
from tests.dataset.people import people, unit


def test_a_copied_person_is_named_first() -> None:
    synthetic, real = people(20, num_live=0), people(30, num_live=1, seed=5)
    vectors = synthetic.vectors.copy()
    vectors[7] = unit(real.vectors[12:13] + 0.01)[0]
    found = leakage(replace(synthetic, vectors=vectors), real, threshold=0.8, fmr=1e-3)
    assert found.num_matches == 1 and found.match_rate == pytest.approx(1 / 20)
    assert found.nearest[0].image_id == synthetic.image_ids[7]
    assert found.nearest[0].gallery_image_id == real.image_ids[12]
    assert found.rate_by_chance == pytest.approx(1 - 0.999**60)
    assert [each.cosine for each in found.nearest] == sorted((e.cosine for e in found.nearest), reverse=True)


def test_names_that_are_equal_by_accident_are_still_searched() -> None:
    synthetic = people(3, num_live=0)
    assert leakage(synthetic, synthetic, threshold=0.99, fmr=1e-3).num_matches == 3


def test_another_recogniser_or_an_empty_gallery_is_refused() -> None:
    synthetic = people(3, num_live=0)
    other = Recogniser(name="fake-r18", weights_sha256="0" * 64, licence="MIT")
    with pytest.raises(DatasetError, match="other weights"):
        leakage(synthetic, replace(synthetic, recogniser=other), threshold=0.5, fmr=1e-3)
    with pytest.raises(DatasetError, match="one has none"):
        leakage(synthetic, synthetic.where(np.zeros(3, bool)), threshold=0.5, fmr=1e-3)
