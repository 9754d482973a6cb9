"""Processes, arrays and clusters come to what one worker comes to, also when workers are killed."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from liveportrait.cli.dataset_run import exit_code_of
from liveportrait.cli.exit_codes import RESUMABLE
from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.running.config import Recipe
from liveportrait.dataset.running.executors.local import InThisProcess, LocalProcesses
from liveportrait.dataset.running.executors.ray_cluster import RayCluster
from liveportrait.dataset.running.executors.slurm import SlurmSettings, slurm_script, submit
from liveportrait.dataset.running.whole import run_dataset
from liveportrait.errors import SettingError
from liveportrait.stopping import StopRequest
from tests.dataset.running.fakes import ONE_WORKER, RECIPE, TWO_WORKERS, FakeLiveConfig
from tests.dataset.running.plans import plan_of_prompts
from tests.dataset.running.runs import NEVER, StopAfter, bytes_of_results, run_here


class Killer(threading.Thread):
    """Kills one of this process's descendants while it makes a live image, then lets images be made.

    They wait for a gate, so that however busy the machine is the kill falls between the first and the last.
    """

    def __init__(self, folder: DatasetFolder, gate: Path, *, named: str) -> None:
        super().__init__(daemon=True)
        self.folder, self.gate, self.named = folder, gate, named
        self.killed: list[int] = []

    @property
    def recipe(self) -> Recipe:
        """Whose images wait."""
        return replace(RECIPE, live=(FakeLiveConfig(gate=self.gate),))

    def run(self) -> None:
        while not self.killed and not self.folder.images.exists():
            time.sleep(0.05)
            for pid in _processes(self.named):
                if not self.killed and _descends(pid) and _holds(pid, self.folder.ledger("e", 0).parent):
                    os.kill(pid, signal.SIGKILL)
                    self.killed.append(pid)
        self.gate.touch()


def _processes(named: str) -> Iterator[int]:
    """Those whose command line says the name."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:  # it ended meanwhile
            continue
        if named.encode() in command:
            yield int(folder.name)


def _descends(pid: int) -> bool:
    while pid > 1:
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return False
        if pid == os.getpid():
            return True
    return False


def _holds(pid: int, ledgers: Path) -> bool:
    """Whether it has one of the ledgers open."""
    try:
        held = [str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return False
    return any(name.startswith(str(ledgers)) and name.endswith(".jsonl") for name in held)


@pytest.mark.skipif(not Path("/proc").exists(), reason="finds the worker in Linux's /proc")
def test_a_killed_process_is_replaced(tmp_path: Path) -> None:
    folder, calm = plan_of_prompts(tmp_path / "fire"), plan_of_prompts(tmp_path / "calm")
    killer = Killer(folder, tmp_path / "gate", named="spawn_main")
    killer.start()
    summary = run_dataset(folder, killer.recipe, TWO_WORKERS, LocalProcesses(), NEVER)
    killer.join()
    assert killer.killed
    assert summary.is_complete
    run_here(calm)
    assert bytes_of_results(folder) == bytes_of_results(calm)


def test_sigterm_ends_processes_after_the_items_at_hand(tmp_path: Path) -> None:
    """They wait at the gate while the signal comes; each has one identity of two images at hand, or none."""
    folder, calm, gate = (
        plan_of_prompts(tmp_path / "fire"),
        plan_of_prompts(tmp_path / "calm"),
        tmp_path / "gate",
    )
    recipe = replace(RECIPE, live=(FakeLiveConfig(gate=gate),))
    with StopRequest() as stop:

        def tell(done: int, total: int | None) -> None:
            if stop.is_set:
                gate.touch()
            elif done == 10:
                os.kill(os.getpid(), signal.SIGTERM)

        summary = run_dataset(folder, recipe, TWO_WORKERS, LocalProcesses(), stop, progress=tell)
    assert exit_code_of(summary) == RESUMABLE
    (live,) = (stage for stage in summary.stages if stage.stage == "e")
    assert live.num_ok in (0, 2, 4)
    assert run_here(folder, recipe).is_complete
    run_here(calm)
    assert bytes_of_results(folder) == bytes_of_results(calm)


def test_sigterm_ends_a_run_after_the_item_at_hand(tmp_path: Path) -> None:
    folder, calm = plan_of_prompts(tmp_path / "fire"), plan_of_prompts(tmp_path / "calm")

    def tell(done: int, total: int | None) -> None:
        if done == 14:
            os.kill(os.getpid(), signal.SIGTERM)

    with StopRequest() as stop:
        summary = run_dataset(folder, RECIPE, ONE_WORKER, InThisProcess(), stop, progress=tell)
    assert exit_code_of(summary) == RESUMABLE
    assert [stage.num_ok for stage in summary.stages] == [10, 4]
    run_here(folder)
    run_here(calm)
    assert bytes_of_results(folder) == bytes_of_results(calm)


def test_what_a_process_says_when_it_gives_up_is_passed_on(tmp_path: Path) -> None:
    folder = plan_of_prompts(tmp_path, num_identities=2)
    run_here(folder)
    other = replace(RECIPE, live=(replace(FakeLiveConfig(), model=replace(FakeLiveConfig().model, id="x")),))
    again = replace(TWO_WORKERS, retry_failed=True)
    with pytest.raises(SettingError, match=r"live\.e\.model"):
        run_dataset(folder, other, again, LocalProcesses(), NEVER)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_ray_replaces_a_killed_actor_and_comes_to_the_same(tmp_path: Path) -> None:
    """A real cluster of two workers on this machine; one of them is killed in the middle."""
    ray = pytest.importorskip("ray", reason="RAY IS NOT INSTALLED: the distributed engine is not tested")
    folder, calm = plan_of_prompts(tmp_path / "fire"), plan_of_prompts(tmp_path / "calm")
    killer = Killer(folder, tmp_path / "gate", named="ray::ShardActor")
    try:
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=80_000_000)
        killer.start()
        summary = run_dataset(folder, killer.recipe, TWO_WORKERS, RayCluster(), NEVER)
        killer.join()
        assert killer.killed
        assert summary.is_complete
        stopped = plan_of_prompts(tmp_path / "stopped")
        stop = StopAfter(num_images=8)
        early = run_dataset(stopped, RECIPE, TWO_WORKERS, RayCluster(), stop, progress=stop.count)
        assert early.ends == {"stopped"}
        run_dataset(stopped, RECIPE, TWO_WORKERS, RayCluster(), NEVER)
    finally:
        ray.shutdown()
    run_here(calm)
    assert bytes_of_results(folder) == bytes_of_results(stopped) == bytes_of_results(calm)


def test_ray_that_is_missing_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = plan_of_prompts(tmp_path, num_identities=1)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SettingError, match=r"liveportrait\[ray\]"):
        run_dataset(folder, RECIPE, TWO_WORKERS, RayCluster(), NEVER)


def script(worker: str, *, num_workers: int = 4) -> str:
    return slurm_script(
        SlurmSettings(partition="gpu"),
        ["bash", "-c", worker],
        num_workers=num_workers,
        num_threads=2,
        log_folder=Path("logs"),
        requeue_code=75,
    )


def run_script(text: str, folder: Path) -> tuple[int, str]:
    """As Slurm would, with a `scontrol` that only says that it was called."""
    control = folder / "scontrol"
    control.write_text('#!/bin/bash\necho "scontrol $*"\n')
    control.chmod(0o755)
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "SLURM_ARRAY_JOB_ID": "7", "SLURM_ARRAY_TASK_ID": "3"}
    done = subprocess.run(["bash"], input=text, capture_output=True, text=True, env=environment, check=False)
    return done.returncode, done.stdout


@pytest.mark.skipif(os.name != "posix", reason="the script is bash's")
def test_the_array_script_asks_for_what_was_set() -> None:
    lines = script("true").splitlines()
    for wanted in ("--array=0-3", "--cpus-per-task=2", "--partition=gpu", "--signal=B:TERM@120", "--requeue"):
        assert f"#SBATCH {wanted}" in lines
    assert not any("--account" in line or "--gpus" in line for line in lines)


@pytest.mark.skipif(os.name != "posix", reason="the script is bash's")
@pytest.mark.parametrize(("code", "said"), [(0, ""), (3, ""), (75, "scontrol requeue 7_3\n")])
def test_a_task_that_can_go_on_is_queued_again(tmp_path: Path, code: int, said: str) -> None:
    assert run_script(script(f"exit {code}"), tmp_path) == (code, said)


@pytest.mark.skipif(os.name != "posix", reason="the script is bash's")
def test_a_task_passes_the_notice_on_and_waits(tmp_path: Path) -> None:
    """The worker here ends with 75 half a second after it was told to stop."""
    worker = "trap 'sleep 0.5; exit 75' TERM; kill -TERM $PPID; while true; do sleep 0.1; done"
    assert run_script(script(worker), tmp_path) == (75, "scontrol requeue 7_3\n")


def test_arrays_have_limits() -> None:
    with pytest.raises(SettingError, match="1001 workers"):
        script("true", num_workers=1001)
    with pytest.raises(SettingError, match="no blanks"):
        slurm_script(
            SlurmSettings(account="a b"),
            ["true"],
            num_workers=1,
            num_threads=1,
            log_folder=Path(),
            requeue_code=75,
        )


def test_without_slurm_nothing_is_submitted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DatasetError, match="no sbatch"):
        submit("#!/bin/bash\n")
