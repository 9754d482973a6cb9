"""A run from its settings: data, networks, learner, checks, loop; stage after stage."""

import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from lightning_fabric import Fabric

from liveportrait.checkpoints.networks_file import FILE_NAME, save_networks
from liveportrait.checkpoints.provenance import Provenance
from liveportrait.errors import SettingError
from liveportrait.networks.presets import PortraitNetworks
from liveportrait.training.agreement import has_training_state
from liveportrait.training.distributed import joined_processes, seed_of_process
from liveportrait.training.loop import KeepAverage, Outcome, Run, train
from liveportrait.training.metrics_log import CsvLog, MetricsSink, TensorBoardLog
from liveportrait.training.motion_probe import solve_heads
from liveportrait.training.pairs import PairSampler
from liveportrait.training.prefetching import Prefetcher
from liveportrait.training.run_checks import Checked, checks_of
from liveportrait.training.run_config import LogKind, RunConfig, StageName
from liveportrait.training.run_data import RunData, open_run_data
from liveportrait.training.schedule import ScheduleConfig
from liveportrait.training.shards import Shard
from liveportrait.training.stages import make_learner, motion_stage_of, schedule_of, stages_of
from liveportrait.training.starting_provenance import provenance_of_stage, provenance_of_start
from liveportrait.training.starting_weights import start_networks
from liveportrait.training.stopping import WorkingTime
from liveportrait.training.training_provenance import provenance_of_run

logger = logging.getLogger(__name__)

STAGE_BEFORE: dict[StageName, StageName] = {"one": "motion", "two": "one"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StageOutcome:
    """Where a stage ended, and the file of its averaged networks."""

    stage: StageName
    outcome: Outcome
    weights: Path


def run_recipe(config: RunConfig) -> tuple[StageOutcome, ...]:
    """Train what the settings ask for; a stage starts when the one before it is done."""
    _warn_beside_openvino()
    with joined_processes(config.distributed) as fabric:
        return _run_stages(config, fabric)


def _warn_beside_openvino() -> None:
    """Where it has computed, a backward pass in a thread may end the process with no word of Python's.

    That it was imported does not mean that it has computed, so nothing is refused.
    """
    if "openvino" in sys.modules:
        logger.warning(
            "OpenVINO is loaded in this process, and training may crash beside it: "
            "start it in a process of its own, as `liveportrait train run` does."
        )


def _run_stages(config: RunConfig, fabric: Fabric) -> tuple[StageOutcome, ...]:
    data = open_run_data(config)
    time_spent = WorkingTime()
    done: list[StageOutcome] = []
    for stage in stages_of(config):
        weights = done[-1].weights if done else config.start_from
        run = make_run(config, stage, weights, data, fabric)
        outcome = train(run, config.loop, time_spent=time_spent)
        fabric.barrier()  # the next stage begins with what the first process writes
        done.append(StageOutcome(stage=stage, outcome=outcome, weights=config.out / stage / FILE_NAME))
        logger.info("stage %s: step %d, %s", stage, outcome.step, outcome.reason)
        if outcome.reason != "done":
            break
    return tuple(done)


def make_run(config: RunConfig, stage: StageName, weights: Path | None, data: RunData, fabric: Fabric) -> Run:
    """One stage, ready for the loop. `weights` begin it; where its folder holds a state, that counts."""
    torch.manual_seed(config.seed)
    folder, schedule = config.out / stage, schedule_of(config.recipe, stage)
    if has_training_state(fabric, folder):
        networks = PortraitNetworks(config.recipe.preset)  # the loop fills them
        before = provenance_of_stage(folder)
    else:
        weights = weights or _weights_before(config, stage)
        networks = _begin(config, stage, weights, data.training)
        before = provenance_of_start(config.recipe.start, weights)
    learner = make_learner(config, stage, networks, fabric)
    seed = seed_of_process(config.seed, rank=fabric.global_rank)
    torch.manual_seed(seed)
    checked = Checked(
        config=config,
        stage=stage,
        learner=learner,
        training=data.training,
        validation=data.validation,
        folder=folder,
        fabric=fabric,
    )
    return Run(
        learner=learner,
        batches=Prefetcher(_sampler(data.training, schedule, seed=seed)),
        schedule=schedule,
        fabric=fabric,
        folder=folder,
        open_logs=_log_opener(config.logs, folder),
        checks=checks_of(checked),
        keep_average=_keeper(folder / FILE_NAME, provenance_of_run(data.training, before=before)),
    )


def _begin(
    config: RunConfig, stage: StageName, weights: Path | None, shards: Sequence[Shard]
) -> PortraitNetworks:
    """What a stage starts from; heads are solved only where no weights are given: those have trained ones."""
    networks = start_networks(config.recipe.preset, config.recipe.start, weights)
    if stage == "motion" and weights is None:
        _probe(config, networks, shards)
    return networks


def _weights_before(config: RunConfig, stage: StageName) -> Path | None:
    """The averaged networks of the stage before, where this run's folder has them."""
    before = STAGE_BEFORE.get(stage)
    weights = None if before is None else config.out / before / FILE_NAME
    if weights is not None and weights.is_file():
        return weights
    if stage == "two":
        raise SettingError(
            f"stage two needs trained networks: expected {weights}; train stage one, or name weights to "
            "start from"
        )
    return None


def _probe(config: RunConfig, networks: PortraitNetworks, shards: Sequence[Shard]) -> None:
    """Every process solves the same heads from the same batches."""
    stage = motion_stage_of(config.recipe)
    if stage.probe_batches:
        sampler = _sampler(shards, stage.schedule, seed=config.seed)
        solve_heads(networks.motion_extractor, islice(sampler, stage.probe_batches))


def _sampler(shards: Sequence[Shard], schedule: ScheduleConfig, *, seed: int) -> PairSampler:
    return PairSampler(shards, schedule.pairs, batch_size=schedule.batch_size, seed=seed)


def _log_opener(kinds: Sequence[LogKind], folder: Path) -> Callable[[int], Sequence[MetricsSink]]:
    def open_logs(step: int) -> list[MetricsSink]:
        return [_open_log(kind, folder, step) for kind in kinds]

    return open_logs


def _open_log(kind: LogKind, folder: Path, step: int) -> MetricsSink:
    match kind:
        case "csv":
            return CsvLog(folder / "log.csv", resume_step=step)
        case "tensorboard":
            return TensorBoardLog(folder / "tensorboard")


def _keeper(path: Path, provenance: Provenance) -> KeepAverage:
    def keep(networks: PortraitNetworks) -> None:
        save_networks(networks, path, provenance=provenance)

    return keep
