"""Images that are missing or others are made again, and no more; a record can be replayed."""

from dataclasses import replace
from pathlib import Path

import pytest

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.running.config import PictureSettings
from liveportrait.dataset.running.replaying import replay
from liveportrait.dataset.running.verification import verify
from liveportrait.errors import SettingError
from tests.dataset.running.fakes import ONE_WORKER, RECIPE, FakeLiveConfig
from tests.dataset.running.plans import plan_of_prompts
from tests.dataset.running.runs import bytes_of_results, records, run_here

TAR = replace(RECIPE, pictures=PictureSettings(storage="tar"))


def test_a_flipped_byte_and_a_lost_file_are_made_again(tmp_path: Path) -> None:
    folder = plan_of_prompts(tmp_path, num_identities=4)
    run_here(folder)
    before = bytes_of_results(folder)
    flipped, lost, *_ = [record for record in records(folder) if record.planned.role == "live"]
    assert flipped.stored is not None and lost.stored is not None
    path = tmp_path / flipped.stored.path
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    (tmp_path / lost.stored.path).unlink()
    report = verify(folder, shard_identities=4)
    assert report.num_checked == 12
    assert {one.image_id for one in report.reopened} == {flipped.planned.image_id, lost.planned.image_id}
    workers = run_here(folder).workers
    assert sum(worker.num_ok for worker in workers) == 2
    assert bytes_of_results(folder) == before
    assert not verify(folder, shard_identities=4).reopened


def test_a_damaged_tar_shard_is_packed_anew(tmp_path: Path) -> None:
    folder = plan_of_prompts(tmp_path, num_identities=4)
    run_here(folder, TAR)
    before = bytes_of_results(folder)
    assert not list((tmp_path / "images").rglob("*.jpg"))
    record = records(folder)[-1]
    assert record.stored is not None and record.stored.offset is not None
    path = tmp_path / record.stored.path
    content = bytearray(path.read_bytes())
    content[record.stored.offset + 5] ^= 1
    path.write_bytes(content)
    report = verify(folder, shard_identities=4)
    assert [one.image_id for one in report.reopened] == [record.planned.image_id]
    run_here(folder, TAR)
    assert bytes_of_results(folder) == before


@pytest.mark.parametrize("recipe", [RECIPE, TAR, replace(RECIPE, batch_size=2)])
def test_every_image_can_be_made_again(tmp_path: Path, recipe: object) -> None:
    folder = plan_of_prompts(tmp_path, num_identities=2)
    failing = replace(recipe, live=(FakeLiveConfig(failure_rate=0.4),))  # pyright: ignore[reportArgumentType]
    run_here(folder, failing)
    made = [record for record in records(folder) if record.stored is not None]
    assert any(record.attempt for record in made)
    for record in made:
        assert replay(folder, failing, ONE_WORKER, record.planned.image_id).is_same


def test_a_replay_goes_by_what_the_run_was_told(tmp_path: Path) -> None:
    folder = plan_of_prompts(tmp_path, num_identities=3)
    pictures = PictureSettings(quality=60)
    run_here(folder, replace(RECIPE, shard_identities=1, batch_size=2, pictures=pictures))
    for record in records(folder):
        assert replay(folder, RECIPE, ONE_WORKER, record.planned.image_id).is_same
    others = replace(RECIPE, live=(FakeLiveConfig(failure_rate=0.5),))
    with pytest.raises(SettingError, match=r"live\.e\.failure_rate was 0\.0, now 0\.5"):
        replay(folder, others, ONE_WORKER, records(folder)[-1].planned.image_id)
    with pytest.raises(SettingError, match="method e"):
        replay(folder, replace(RECIPE, live=()), ONE_WORKER, records(folder)[-1].planned.image_id)


def test_without_a_run_there_is_nothing_to_replay(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no run was begun"):
        replay(plan_of_prompts(tmp_path, num_identities=1), RECIPE, ONE_WORKER, "any.doc")


def test_what_was_not_made_cannot_be_replayed(tmp_path: Path) -> None:
    folder = plan_of_prompts(tmp_path, num_identities=2)
    summary = run_here(folder)
    assert summary.is_complete
    identity_id = records(folder)[0].planned.identity_id
    with pytest.raises(DatasetError, match="no image"):
        replay(folder, RECIPE, ONE_WORKER, f"{identity_id}.live_9_e")
    with pytest.raises(DatasetError, match="no identity"):
        replay(folder, RECIPE, ONE_WORKER, "nobody.doc")
