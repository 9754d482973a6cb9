"""A run from plan to tables, with fakes: resumed, stopped, shared out, it comes to the same."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from liveportrait.dataset.embeddings import load_embeddings
from liveportrait.dataset.exporting.checksums import write_checksums
from liveportrait.dataset.generators.folder import FolderConfig
from liveportrait.dataset.running.executors.local import LocalProcesses
from liveportrait.dataset.running.whole import run_dataset
from liveportrait.dataset.schema.failures import FailureRow
from liveportrait.dataset.schema.identities import IdentityRecord
from liveportrait.dataset.schema.tables import read_rows
from liveportrait.media.picture_files import save_picture
from tests.dataset.running.fakes import (
    FAKE_MODEL,
    RECIPE,
    TWO_WORKERS,
    FakeDocumentsConfig,
    FakeLiveConfig,
    noise,
)
from tests.dataset.running.plans import plan_of_files, plan_of_prompts
from tests.dataset.running.runs import NEVER, bytes_of_results, records, run_here


def test_everything_planned_is_made_once(tmp_path: Path) -> None:
    folder = plan_of_prompts(tmp_path)
    summary = run_here(folder)
    assert summary.collected is not None
    assert (summary.collected.num_identities, summary.collected.num_ok) == (10, 30)
    found = records(folder)
    assert len({record.planned.image_id for record in found}) == len(found) == 30
    for record in found:
        assert record.stored is not None and (folder.root / record.stored.path).is_file()
        assert record.status == "ok"
        is_live = record.planned.role == "live"
        assert record.stored.format == ("JPEG" if is_live else "PNG")
        assert (record.parent_sha256 is not None) == is_live
        assert record.model_refs == (FAKE_MODEL,)
        assert record.face is not None and (record.face.identity_cosine is not None) == is_live
    documents = {record.planned.identity_id: record for record in found if record.planned.role == "doc"}
    for record in found:
        if record.planned.role == "live":
            parent = documents[record.planned.identity_id].stored
            assert parent is not None and record.parent_sha256 == parent.sha256


def test_nothing_that_is_published_says_where_documents_and_weights_lay(tmp_path: Path) -> None:
    documents = tmp_path / "somebody"
    documents.mkdir()
    save_picture(noise(1), documents / "1.png")
    (documents / "cut.png").write_bytes((documents / "1.png").read_bytes()[:300])
    folder = plan_of_files(tmp_path / "set", documents)
    live = FakeLiveConfig(weights=documents / "weights.bin")
    run_here(folder, replace(RECIPE, documents=FolderConfig(), live=(live,)))
    write_checksums(folder.root)
    published = [line.split("  ")[1] for line in folder.checksums.read_text().splitlines()]
    assert {"plan/plan.json", "dataset.json", "failures.parquet"} <= set(published)
    for name in published:
        assert b"somebody" not in (folder.root / name).read_bytes()
    assert not any("somebody" in failure.message for failure in read_rows(folder.failures, FailureRow))
    assert '"weights.bin"' in folder.dataset_facts.read_text()


def test_the_vectors_of_all_faces_are_kept(tmp_path: Path) -> None:
    folder = plan_of_prompts(tmp_path)
    run_here(folder, replace(RECIPE, documents=FakeDocumentsConfig(faceless_rate=0.3), most_attempts=1))
    embeddings = load_embeddings(tmp_path, "fake")
    stored = [record for record in records(folder) if record.stored is not None]
    assert list(embeddings.image_ids) == [record.planned.image_id for record in stored]
    seen = [record.face is not None and record.face.num_faces > 0 for record in stored]
    assert embeddings.enrolled.tolist() == seen
    assert not all(seen)


@pytest.mark.parametrize("storage", ["folders", "tar"])
def test_a_run_that_is_stopped_everywhere_comes_to_the_same(tmp_path: Path, storage: str) -> None:
    recipe = replace(RECIPE, pictures=replace(RECIPE.pictures, storage=storage))
    whole, pieces = plan_of_prompts(tmp_path / "whole"), plan_of_prompts(tmp_path / "pieces")
    run_here(whole, recipe)
    ends = []
    for _ in range(100):
        summary = run_here(pieces, recipe, stop_after=4)
        ends.append(summary.is_complete)
        if summary.is_complete:
            break
        assert summary.ends == {"stopped"}
    assert len(ends) > 5 and ends[-1]
    assert bytes_of_results(pieces) == bytes_of_results(whole)


def test_other_shards_and_workers_make_the_same_images(tmp_path: Path) -> None:
    one, two = plan_of_prompts(tmp_path / "one"), plan_of_prompts(tmp_path / "two")
    run_here(one)
    summary = run_dataset(two, replace(RECIPE, shard_identities=3), TWO_WORKERS, LocalProcesses(), NEVER)
    assert summary.is_complete
    assert len(summary.workers) == 2 and all(worker.num_ok for worker in summary.workers)
    assert bytes_of_results(two) == bytes_of_results(one)


def test_batches_make_the_same_images(tmp_path: Path) -> None:
    one, many = plan_of_prompts(tmp_path / "one"), plan_of_prompts(tmp_path / "many", num_slots=2)
    run_here(one)
    run_here(many, replace(RECIPE, batch_size=8))
    assert bytes_of_results(many) == bytes_of_results(one)


def test_a_batch_that_breaks_is_drawn_one_by_one(tmp_path: Path) -> None:
    one, many = plan_of_prompts(tmp_path / "one"), plan_of_prompts(tmp_path / "many")
    run_here(one)
    summary = run_here(many, replace(RECIPE, batch_size=8, live=(FakeLiveConfig(breaks_batches=True),)))
    assert summary.num_failed == 0
    assert bytes_of_results(many) == bytes_of_results(one)


def test_failed_attempts_are_rows_and_the_next_seed_may_do(tmp_path: Path) -> None:
    folder = plan_of_prompts(tmp_path, num_identities=16)
    summary = run_here(folder, replace(RECIPE, live=(FakeLiveConfig(failure_rate=0.5),)))
    found = [record for record in records(folder) if record.planned.role == "live"]
    failures = list(read_rows(folder.failures, FailureRow))
    attempts = Counter(record.attempt for record in found if record.status == "ok")
    assert all(attempts[number] for number in range(3))
    failed = [record for record in found if record.status == "failed"]
    assert failed and summary.num_failed == len(failed)
    assert len(failures) == sum(record.attempt for record in found) + len(failed)
    assert {failure.error_class for failure in failures} == {"GenerationError"}
    incomplete = [row for row in read_rows(folder.identities, IdentityRecord) if row.status == "incomplete"]
    assert {row.planned.identity_id for row in incomplete} == {row.planned.identity_id for row in failed}


def test_failed_images_are_tried_again_with_other_seeds_when_asked(tmp_path: Path) -> None:
    folder = plan_of_prompts(tmp_path, num_identities=16)
    recipe = replace(RECIPE, live=(FakeLiveConfig(failure_rate=0.5),))
    first = run_here(folder, recipe)
    assert run_here(folder, recipe).num_failed == first.num_failed > 0
    again = replace(TWO_WORKERS, num_workers=1, retry_failed=True)
    last = run_here(folder, recipe, again)
    assert last.num_failed < first.num_failed
    assert any(record.attempt > 2 and record.status == "ok" for record in records(folder))


def test_errors_that_are_none_of_ours_are_rows_too(tmp_path: Path) -> None:
    folder = plan_of_prompts(tmp_path)
    summary = run_here(folder, replace(RECIPE, live=(FakeLiveConfig(crash_rate=1.0),)))
    assert summary.num_failed == 20
    failures = list(read_rows(folder.failures, FailureRow))
    assert {failure.error_class for failure in failures} == {"ZeroDivisionError"}
    assert len({failure.traceback_digest for failure in failures}) == 1


def test_a_document_without_a_face_fails_its_live_images_alone(tmp_path: Path) -> None:
    folder = plan_of_prompts(tmp_path)
    recipe = replace(RECIPE, documents=FakeDocumentsConfig(faceless_rate=0.3), most_attempts=1)
    summary = run_here(folder, recipe)
    found = records(folder)
    rejected = [record.planned.identity_id for record in found if record.status == "rejected"]
    assert 0 < len(rejected) < 10
    failed = [record for record in found if record.status == "failed"]
    assert sorted(record.planned.identity_id for record in failed) == sorted(2 * rejected)
    assert {failure.error_class for failure in read_rows(folder.failures, FailureRow)} == {"NoFaceError"}
    assert summary.num_failed == len(failed)


def test_a_document_that_was_not_made_fails_its_live_images(tmp_path: Path) -> None:
    folder = plan_of_prompts(tmp_path)
    run_here(folder, replace(RECIPE, documents=FakeDocumentsConfig(failure_rate=0.7)))
    failures = Counter(failure.error_class for failure in read_rows(folder.failures, FailureRow))
    lost = [row for row in records(folder) if row.planned.role == "doc" and row.status == "failed"]
    assert failures["DocumentFailedError"] == 2 * len(lost) > 0


@pytest.mark.parametrize("shard_identities", [4, 100])
def test_too_many_failures_stop_the_worker(tmp_path: Path, shard_identities: int) -> None:
    """Between shards, and within a large one."""
    folder = plan_of_prompts(tmp_path, num_identities=24)
    execution = replace(TWO_WORKERS, num_workers=1, max_failure_rate=0.2)
    recipe = replace(RECIPE, live=(FakeLiveConfig(crash_rate=1.0),), shard_identities=shard_identities)
    summary = run_here(folder, recipe, execution)
    assert summary.ends == {"too many failures"}
    assert 0 < summary.num_failed < 48
    assert summary.collected is None


def test_other_methods_join_later_and_follow_the_animated_images(tmp_path: Path) -> None:
    folder = plan_of_prompts(tmp_path, methods=("e", "p"))
    run_here(folder)
    both = replace(RECIPE, live=(FakeLiveConfig(), FakeLiveConfig(name="p")))
    summary = run_here(folder, both)
    assert [stage.stage for stage in summary.stages] == ["documents", "e", "p"]
    assert summary.collected is not None and summary.collected.num_ok == 50
    assert run_here(folder).collected == summary.collected, "a run of fewer methods keeps the others' rows"
