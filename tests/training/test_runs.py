"""The tiny recipe from end to end."""

import csv
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
import torch
from jaxtyping import Float
from lightning_fabric import Fabric
from numpy import ndarray
from torch.testing import assert_close

from liveportrait.checkpoints.manifest import Licence
from liveportrait.checkpoints.networks_file import load_networks, read_provenance, save_networks
from liveportrait.checkpoints.provenance import Provenance
from liveportrait.errors import SettingError
from liveportrait.networks.presets import TINY, PortraitNetworks
from liveportrait.training import runs
from liveportrait.training.checkpointing import training_state_path
from liveportrait.training.drawn_faces import DrawnFacesConfig, write_drawn_clips
from liveportrait.training.exporting import export_model
from liveportrait.training.loop import Check, LoopConfig, Outcome, train
from liveportrait.training.recipes import Recipe, human, mini, tiny
from liveportrait.training.run_checks import some_clips
from liveportrait.training.run_config import RunConfig, StageName
from liveportrait.training.run_data import keep_people_apart, open_run_data
from liveportrait.training.runs import make_run, run_recipe
from liveportrait.training.shards import Shard, ShardError
from liveportrait.training.stopping import WorkingTime
from liveportrait.training.training_provenance import RESEARCH_ONLY
from tests.training.small_stages import one_process


def shortened(*, motion: int = 2, one: int = 3, two: int = 1) -> Recipe:
    recipe = tiny()
    assert recipe.motion is not None

    return replace(
        recipe,
        motion=replace(recipe.motion, schedule=replace(recipe.motion.schedule, num_steps=motion)),
        one=replace(recipe.one, schedule=replace(recipe.one.schedule, num_steps=one)),
        two=replace(recipe.two, schedule=replace(recipe.two.schedule, num_steps=two)),
    )


def rows(path: Path) -> list[dict[str, float]]:
    with path.open(newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def test_all_stages_one_after_the_other(tmp_path: Path, drawn_folder: Path) -> None:
    """Each begins where the one before ended; sheets, figures and weights lie in its folder."""
    config = RunConfig(
        recipe=shortened(),
        out=tmp_path,
        data=drawn_folder,
        loop=LoopConfig(log_every_steps=1),
        check_every_steps=100,
    )
    done = run_recipe(config)
    assert [(stage.stage, stage.outcome.step) for stage in done] == [("motion", 2), ("one", 3), ("two", 1)]
    networks = {stage.stage: load_networks(stage.weights) for stage in done}
    assert_close(networks["one"].spade_generator.state_dict(), networks["two"].spade_generator.state_dict())
    for stage in done:
        folder = tmp_path / stage.stage
        assert len(rows(folder / "log.csv")) == stage.outcome.step
        assert [sheet.suffix for sheet in (folder / "sheets").iterdir()] == [".png"]
    assert run_recipe(config) == done, "what is done is not done again"


@pytest.mark.slow
def test_tiny_trains_to_a_lower_loss_and_resumes_to_the_same_numbers(
    tmp_path: Path, drawn_folder: Path
) -> None:
    recipe = shortened(one=20)
    whole = RunConfig(
        recipe=recipe,
        out=tmp_path / "whole",
        data=drawn_folder,
        stage="one",
        loop=LoopConfig(log_every_steps=2),
    )
    run_recipe(whole)
    log = rows(tmp_path / "whole" / "one" / "log.csv")
    assert log[-1]["pixels"] < 0.75 * log[0]["pixels"]
    assert log[-1]["regions"] < 0.85 * log[0]["regions"]
    before_opponents = [row["loss"] for row in log if row["step"] <= 10]
    assert before_opponents[-1] < before_opponents[0]

    parts = replace(whole, out=tmp_path / "parts", loop=LoopConfig(log_every_steps=2, max_minutes=0.02))
    outcome = run_recipe(parts)[0].outcome
    assert outcome.reason == "out of time"
    assert 0 < outcome.step < 20
    run_recipe(replace(parts, loop=LoopConfig(log_every_steps=2)))
    logs = [(tmp_path / name / "one" / "log.csv").read_text() for name in ("whole", "parts")]
    assert logs[0] == logs[1]
    states = [
        torch.load(tmp_path / name / "one" / "training-state-0.pt", weights_only=True)["parts"]
        for name in ("whole", "parts")
    ]
    assert states[0].pop("batches") == states[1].pop("batches")
    assert_close(states[0], states[1], rtol=0, atol=0)


@pytest.mark.parametrize("stage", ["motion", "two"])
def test_a_stopped_stage_resumes_to_the_same_numbers(
    stage: StageName, tmp_path: Path, drawn_folder: Path
) -> None:
    """Stopped after the first of two steps, by a check that asks for it as a user would."""
    given = tmp_path / "given.safetensors"
    torch.manual_seed(0)
    people = Provenance(licence=RESEARCH_ONLY, origin="clips of people")
    save_networks(PortraitNetworks(TINY), given, provenance=people)
    recipe = shortened(motion=2, two=2)
    stop = Check(every_steps=1, look=lambda _networks, _step: os.kill(os.getpid(), signal.SIGTERM))

    def trained(name: str, *checks: Check) -> int:
        config = RunConfig(recipe=recipe, out=tmp_path / name, data=drawn_folder)
        run = make_run(config, stage, given, open_run_data(config), one_process())
        return train(replace(run, checks=checks), LoopConfig(log_every_steps=1)).step

    assert [trained("whole"), trained("parts", stop), trained("parts")] == [2, 1, 2]
    whole, parts = tmp_path / "whole" / stage, tmp_path / "parts" / stage
    assert (whole / "log.csv").read_text() == (parts / "log.csv").read_text()
    states = [
        torch.load(training_state_path(folder), weights_only=True)["parts"] for folder in (whole, parts)
    ]
    assert states[0].pop("batches") == states[1].pop("batches")
    assert_close(states[0], states[1], rtol=0, atol=0)


def test_figures_are_taken_on_clips_set_aside(tmp_path: Path, drawn_folder: Path) -> None:
    """Drawn people of another seed."""
    held_out = RunConfig(recipe=shortened(), out=tmp_path / "other", seed=5, stage="motion")
    run_recipe(held_out)
    config = RunConfig(
        recipe=shortened(),
        out=tmp_path / "run",
        data=drawn_folder,
        validation=_renamed_people(tmp_path / "other" / "drawn"),
        check_every_steps=1,
    )
    run_recipe(config)
    assert [row["step"] for row in rows(tmp_path / "run" / "motion" / "validation.csv")] == [1, 2]
    (*_, last) = rows(tmp_path / "run" / "one" / "validation.csv")
    assert 0 < last["picture_l1"] < 1 and 0 < last["picture_l1_of_copy"] < 1
    (last,) = rows(tmp_path / "run" / "two" / "validation.csv")
    assert -1 <= last["lip_correlation"] <= 1
    assert last["shoulder_error_unstitched"] >= 0


def test_the_export_is_half_as_large_and_says_where_it_comes_from(tmp_path: Path, drawn_folder: Path) -> None:
    config = RunConfig(recipe=shortened(), out=tmp_path / "run", data=drawn_folder, stage="motion")
    (done,) = run_recipe(config)
    exported = export_model(tmp_path / "run" / "motion", tmp_path / "model")
    assert exported.num_bytes < 0.6 * done.weights.stat().st_size
    assert read_provenance(exported.path) == exported.provenance
    assert exported.provenance.licence.commercial_use, "drawn people gave no licence and need give none"
    assert "drawn by this library (3)" not in exported.provenance.origin
    assert "3 clips and stills from drawn by this library" in exported.provenance.origin
    assert_close(
        load_networks(exported.path).state_dict(),
        load_networks(done.weights).state_dict(),
        rtol=1e-3,
        atol=1e-3,
    )


def test_drawn_faces_do_not_free_what_clips_of_people_taught(tmp_path: Path, drawn_folder: Path) -> None:
    """Not in the run that begins with such weights, nor in one that goes on, nor in the stage after."""
    given = tmp_path / "given.safetensors"
    origin = Provenance(licence=RESEARCH_ONLY, origin="clips of people")
    save_networks(PortraitNetworks(TINY), given, provenance=origin)
    config = RunConfig(
        recipe=shortened(), out=tmp_path / "run", data=drawn_folder, stage="motion", start_from=given
    )
    (begun,) = run_recipe(replace(config, loop=LoopConfig(max_minutes=0.0)))
    assert begun.outcome.step == 0
    (gone_on,) = run_recipe(replace(config, start_from=None))
    (after,) = run_recipe(replace(config, start_from=None, stage="one"))
    for done in (begun, gone_on, after):
        found = export_model(done.weights, tmp_path / "model").provenance
        assert found.licence == RESEARCH_ONLY, done.stage
        assert found.origin.count("drawn by this library") == 1
        assert found.origin.endswith("clips of people")


def test_clips_are_chosen_among_clips(drawn_shards: tuple[Shard, ...]) -> None:
    """Three stills for each clip: a stride over both would have met one clip in four."""
    clip, still = drawn_shards[0], replace(drawn_shards[1], num_frames=1)
    shards = [clip, still, still, still] * 20
    assert [shard.num_frames for shard in some_clips(shards, most=16)] == [13] * 10
    assert some_clips([still], most=16) == ()
    assert some_clips([clip, replace(clip, num_frames=8)], most=1, least_frames=9) == (clip,)


def test_validation_without_a_clip_is_refused_before_the_first_step(
    tmp_path: Path, drawn_folder: Path, head: Float[ndarray, "m 3"]
) -> None:
    stills = tmp_path / "stills"
    write_drawn_clips(stills, head, DrawnFacesConfig(num_clips=2, frames_per_clip=1), seed=5)
    config = RunConfig(
        recipe=shortened(), out=tmp_path / "run", data=drawn_folder, validation=_renamed_people(stills)
    )
    with pytest.raises(ShardError, match="a clip of at least 9 frames"):
        run_recipe(config)
    assert not (tmp_path / "run").exists()


def test_frames_of_another_size_are_refused_before_the_first_step(tmp_path: Path, drawn_folder: Path) -> None:
    """Enlarged they would be learnt as blur, and the first figures would fall over them."""
    config = RunConfig(recipe=human(), out=tmp_path / "run", data=drawn_folder)
    with pytest.raises(ShardError, match=r"frames of 512 px, .* found 256 \(3 of 3 shards\)"):
        run_recipe(config)
    assert not (tmp_path / "run").exists()


def test_a_licence_is_named_and_not_made_freer(tmp_path: Path) -> None:
    given = tmp_path / "given.safetensors"
    people = Provenance(licence=RESEARCH_ONLY, origin="clips of people")
    save_networks(PortraitNetworks(TINY), given, provenance=people)
    named = export_model(given, tmp_path / "model", licence="LicenseRef-ours", origin="Made by us")
    assert named.provenance.licence == Licence(spdx="LicenseRef-ours", commercial_use=False)
    assert read_provenance(named.path).origin == "Made by us; clips of people"
    with pytest.raises(SettingError, match="MIT says more than these weights allow"):
        export_model(given, tmp_path / "other", licence="MIT")
    assert not (tmp_path / "other").exists()


def test_people_who_judge_are_not_learnt(drawn_shards: tuple[Shard, ...]) -> None:
    keep_people_apart(drawn_shards[:1], drawn_shards[1:])
    with pytest.raises(ShardError, match="share the people drawn-001"):
        keep_people_apart(drawn_shards[:2], drawn_shards[1:])


def test_a_stage_that_has_begun_needs_its_start_no_more(tmp_path: Path, drawn_folder: Path) -> None:
    base = RunConfig(recipe=shortened(), out=tmp_path / "base", data=drawn_folder, stage="motion")
    (done,) = run_recipe(base)
    config = replace(base, out=tmp_path / "next", start_from=done.weights)
    begun = run_recipe(replace(config, loop=LoopConfig(max_minutes=0.0)))
    assert begun[0].outcome.step == 0
    assert_close(
        load_networks(begun[0].weights).state_dict(), load_networks(done.weights).state_dict(), rtol=0, atol=0
    )
    done.weights.unlink()
    assert run_recipe(replace(config, start_from=None))[0].outcome.step == 2


def test_processes_meet_before_a_stage_begins(
    tmp_path: Path, drawn_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It begins with weights that the first of them alone writes."""
    seen: list[str] = []

    def fake_run(_config: RunConfig, stage: str, *_rest: object) -> str:
        seen.append(stage)
        return stage

    def fake_training(_run: str, _config: LoopConfig, *, time_spent: WorkingTime) -> Outcome:
        assert time_spent.minutes >= 0
        return Outcome(step=1, reason="done")

    monkeypatch.setattr(runs, "make_run", fake_run)
    monkeypatch.setattr(runs, "train", fake_training)
    monkeypatch.setattr(Fabric, "barrier", lambda fabric: seen.append("met"))
    run_recipe(RunConfig(recipe=tiny(), out=tmp_path, data=drawn_folder))
    assert seen == ["motion", "met", "one", "met", "two", "met"]


def test_what_a_run_lacks_is_said(tmp_path: Path, drawn_folder: Path) -> None:
    with pytest.raises(SettingError, match="needs data"):
        run_recipe(RunConfig(recipe=mini(), out=tmp_path))
    with pytest.raises(SettingError, match="needs trained networks"):
        run_recipe(RunConfig(recipe=tiny(), out=tmp_path, data=drawn_folder, stage="two"))
    no_motion = replace(tiny(), motion=None)
    with pytest.raises(SettingError, match="no motion stage"):
        run_recipe(RunConfig(recipe=no_motion, out=tmp_path, data=drawn_folder, stage="motion"))


def _renamed_people(folder: Path) -> Path:
    """Other people need other names: every drawn clip counts its own from 0."""
    from safetensors import safe_open
    from safetensors.numpy import save_file

    for path in sorted(folder.iterdir()):
        with safe_open(path, "numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            notes = dict(file.metadata())
        save_file(arrays, path, metadata=notes | {"person": "other " + notes["person"]})
    return folder


def test_beside_openvino_it_warns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    config = RunConfig(recipe=shortened(), out=tmp_path / "run", data=tmp_path / "missing")
    monkeypatch.delitem(sys.modules, "openvino", raising=False)
    with pytest.raises(ShardError):
        run_recipe(config)
    assert "OpenVINO" not in caplog.text
    monkeypatch.setitem(sys.modules, "openvino", ModuleType("openvino"))
    with pytest.raises(ShardError):
        run_recipe(config)
    assert "a process of its own" in caplog.text
