"""One folder, one recipe."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.generators.animation import AnimationConfig
from liveportrait.dataset.running.config import PictureSettings, Recipe
from liveportrait.dataset.running.guard import begin, check_models, read_facts, shard_identities_of
from liveportrait.dataset.running.status import status_of
from liveportrait.dataset.running.verification import verify
from liveportrait.dataset.schema.images import ModelRef, PlannedImage
from liveportrait.dataset.schema.tables import read_rows, write_rows
from liveportrait.engines.config import EngineConfig
from liveportrait.errors import SettingError
from tests.dataset.running.fakes import FAKE_MODEL, ONE_WORKER, RECIPE, TWO_WORKERS, FakeLiveConfig
from tests.dataset.running.plans import plan_of_prompts


@pytest.fixture
def folder(tmp_path: Path) -> DatasetFolder:
    planned = plan_of_prompts(tmp_path, num_identities=2)
    begin(planned, RECIPE, ONE_WORKER)
    return planned


def test_the_same_recipe_goes_on_with_any_number_of_workers(folder: DatasetFolder) -> None:
    begin(folder, RECIPE, TWO_WORKERS)
    facts = read_facts(folder)
    assert [session["execution"]["num_workers"] for session in facts["sessions"]] == [1, 2]
    assert shard_identities_of(folder) == RECIPE.shard_identities


@pytest.mark.parametrize(
    ("other", "name"),
    [
        (replace(RECIPE, pictures=PictureSettings(quality=80)), "pictures.quality was 95, now 80"),
        (replace(RECIPE, live=(FakeLiveConfig(failure_rate=0.1),)), "live.e.failure_rate"),
        (replace(RECIPE, live=(AnimationConfig(),)), "live.e.kind"),
        (replace(RECIPE, shard_identities=5), "shard_identities was 4, now 5"),
    ],
)
def test_another_recipe_is_refused_by_name(folder: DatasetFolder, other: Recipe, name: str) -> None:
    before = folder.run_facts.read_bytes()
    with pytest.raises(SettingError, match=name):
        begin(folder, other, ONE_WORKER)
    assert folder.run_facts.read_bytes() == before


def test_a_method_may_join(folder: DatasetFolder) -> None:
    both = replace(RECIPE, live=(FakeLiveConfig(), FakeLiveConfig(name="a")))
    begin(folder, both, ONE_WORKER)
    begin(folder, RECIPE, ONE_WORKER)
    changed = replace(both, live=(FakeLiveConfig(), FakeLiveConfig(name="a", seconds=1.0)))
    with pytest.raises(SettingError, match=r"live\.a\.seconds"):
        begin(folder, changed, ONE_WORKER)


def test_engines_and_devices_are_written_down_and_not_compared(tmp_path: Path) -> None:
    folder = plan_of_prompts(tmp_path, num_identities=2)
    for engine in ("torch", "openvino"):
        animation = AnimationConfig(engine=EngineConfig(engine=engine))
        begin(folder, replace(RECIPE, live=(animation,)), ONE_WORKER)
    sessions = read_facts(folder)["sessions"]
    assert [session["live.e.engine.engine"] for session in sessions] == ["torch", "openvino"]


def test_other_weights_are_refused(folder: DatasetFolder) -> None:
    check_models(folder, "e", (FAKE_MODEL,))
    check_models(folder, "e", (FAKE_MODEL,))
    with pytest.raises(SettingError, match="the same weights"):
        check_models(folder, "e", (ModelRef(id="fake", sha256="11" * 32, licence="MIT"),))


def test_another_plan_is_refused(folder: DatasetFolder) -> None:
    shutil.rmtree(folder.plan)
    plan_of_prompts(folder.root, num_identities=3)
    with pytest.raises(SettingError, match="another plan"):
        begin(folder, RECIPE, ONE_WORKER)


def test_a_plan_that_was_edited_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    folder = plan_of_prompts(tmp_path, num_identities=2)
    rows = list(read_rows(folder.planned_images, PlannedImage))
    edited = [replace(row, seed=row.seed + 1) for row in rows]
    write_rows(edited, folder.planned_images, row_type=PlannedImage)
    with pytest.raises(DatasetError, match=r"images\.parquet: this is not the table that was planned"):
        begin(folder, RECIPE, ONE_WORKER)
    assert not folder.run_facts.exists()
    with pytest.raises(DatasetError, match="not the table"):
        verify(folder, shard_identities=4)


def test_the_status_of_a_damaged_plan_is_told_in_words(folder: DatasetFolder) -> None:
    folder.planned_images.write_bytes(folder.planned_images.read_bytes() + b"x")
    with pytest.raises(DatasetError, match=r"images\.parquet: .*[Pp]arquet"):
        status_of(folder, shard_identities=4)
    shutil.rmtree(folder.plan)
    with pytest.raises(DatasetError, match="there is no plan; make one"):
        status_of(folder, shard_identities=4)


def test_without_a_plan_there_is_nothing_to_run(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="dataset plan"):
        begin(DatasetFolder(tmp_path), RECIPE, ONE_WORKER)
