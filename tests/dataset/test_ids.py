import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveportrait.dataset import ids
from liveportrait.errors import SettingError


def test_seeds_and_ids_stay_what_they_are() -> None:
    """A change here makes every published plan another one."""
    assert ids.sampled_identity_id(7, 0) == "66cd1da1e387"
    assert ids.document_identity_id("00" * 32) == "8ccd8d50996d"
    assert ids.seed_of(7, "000e23cdce23", stage="e", slot=1) == 6501927792751703471
    assert ids.unit_draw(1, "yaw_deg") == 0.815423105864284


@given(st.integers(0, ids.SEED_LIMIT - 1), st.text(), st.text(), st.integers(0, 99))
def test_seeds_have_63_bits(root_seed: int, name: str, stage: str, slot: int) -> None:
    assert 0 <= ids.seed_of(root_seed, name, stage=stage, slot=slot) < ids.SEED_LIMIT


def test_every_part_changes_the_seed() -> None:
    seeds = {
        ids.seed_of(0, "a", stage="e", slot=0),
        ids.seed_of(1, "a", stage="e", slot=0),
        ids.seed_of(0, "b", stage="e", slot=0),
        ids.seed_of(0, "a", stage="p", slot=0),
        ids.seed_of(0, "a", stage="e", slot=1),
    }
    assert len(seeds) == 5


def test_draws_are_uniform_and_independent_of_each_other() -> None:
    draws = [(ids.unit_draw(seed, "yaw_deg"), ids.unit_draw(seed, "smile")) for seed in range(4000)]
    for place in range(2):
        values = [draw[place] for draw in draws]
        assert min(values) >= 0
        assert max(values) < 1
        assert sum(values) / len(values) == pytest.approx(0.5, abs=0.02)
    covariance = sum((first - 0.5) * (second - 0.5) for first, second in draws) / len(draws)
    assert covariance * 12 == pytest.approx(0, abs=0.05)


def test_a_retry_has_another_seed_and_the_first_try_its_own() -> None:
    tries = [ids.seed_of_attempt(5, attempt) for attempt in range(4)]
    assert tries[0] == 5
    assert len(set(tries)) == 4


def test_ids_are_safe_names_whose_first_part_is_the_identity() -> None:
    identity = ids.sampled_identity_id(3, 14)
    assert re.fullmatch("[0-9a-f]{12}", identity)
    assert ids.document_image_id(identity).split(".")[0] == identity
    assert ids.live_image_id(identity, slot=2, method="e") == f"{identity}.live_2_e"


@pytest.mark.parametrize("root_seed", [-1, 2**63])
def test_a_root_seed_that_no_format_holds_is_refused(root_seed: int) -> None:
    with pytest.raises(SettingError, match=str(ids.SEED_LIMIT - 1)):
        ids.check_root_seed(root_seed)
