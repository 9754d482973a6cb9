"""Each worker has its part of the machine that it is on, and not of the cluster."""

import os
from dataclasses import replace

import pytest

from liveportrait.dataset.generators.animation import AnimationConfig
from liveportrait.dataset.running.config import Execution, Recipe
from liveportrait.dataset.running.resources import (
    card_of,
    cores_each,
    cores_here,
    names_a_card,
    threads_beside,
    threads_of,
)
from liveportrait.engines.config import EngineConfig


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    for name in ("SLURM_CPUS_PER_TASK", "LOCAL_WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)


def test_one_of_a_hundred_workers_of_a_cluster_has_its_machine() -> None:
    hundred = Execution(num_workers=100)
    assert threads_of(hundred) == 8
    assert threads_of(replace(hundred, num_threads=3)) == 3


@pytest.mark.parametrize(("num_workers", "threads"), [(1, 8), (2, 4), (3, 2), (20, 1)])
def test_workers_of_one_machine_share_it(num_workers: int, threads: int) -> None:
    assert threads_beside(Execution(num_workers=num_workers)) == threads


@pytest.mark.parametrize(
    ("environment", "cores"),
    [
        ({}, 8),
        ({"LOCAL_WORLD_SIZE": "4"}, 2),
        ({"SLURM_CPUS_PER_TASK": "3"}, 3),
        ({"LOCAL_WORLD_SIZE": "x"}, 8),
    ],
)
def test_launchers_say_how_many_share_the_machine(environment: dict[str, str], cores: int) -> None:
    assert cores_here(environment) == cores


@pytest.mark.parametrize(
    ("machines", "num_workers", "each"),
    [([8], 2, 4), ([8, 8], 3, 4), ([16, 4], 2, 8), ([2], 5, 1), ([], 1, 1)],
)
def test_actors_are_as_large_as_all_find_a_place(machines: list[int], num_workers: int, each: int) -> None:
    assert cores_each(machines, num_workers=num_workers) == each


@pytest.mark.parametrize(
    ("rank", "visible", "num_cards", "card"),
    [
        (0, None, 0, None),
        (1, None, 1, None),
        (1, None, 2, "1"),
        (2, None, 2, "0"),
        (1, "4,6", 2, "6"),
        (1, "5", 1, None),
        (0, "", 0, None),
    ],
)
def test_cards_go_round(rank: int, visible: str | None, num_cards: int, card: str | None) -> None:
    assert card_of(rank, visible=visible, num_cards=num_cards) == card


@pytest.mark.parametrize(("device", "named"), [("auto", False), ("cuda", False), ("cuda:1", True)])
def test_a_card_that_the_user_chose_is_left_alone(device: str, named: bool) -> None:
    recipe = Recipe(live=(AnimationConfig(engine=EngineConfig(device=device)),))
    assert names_a_card(recipe) == named
