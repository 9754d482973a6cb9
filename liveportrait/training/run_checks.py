"""What a run is looked at by: sample sheets, and figures on clips that it does not train on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from lightning_fabric import Fabric

from liveportrait.networks.presets import PortraitNetworks
from liveportrait.training.learner import Learner
from liveportrait.training.loop import Check
from liveportrait.training.metrics_log import CsvLog
from liveportrait.training.motion_figures import MIN_FRAMES_TO_READ, motion_figures
from liveportrait.training.pairs import PairBatch, PairSampler
from liveportrait.training.precision import Precision, autocast_for
from liveportrait.training.run_config import RunConfig, StageName
from liveportrait.training.sample_sheets import write_sheet
from liveportrait.training.shards import Shard
from liveportrait.training.stages import load_meter, schedule_of
from liveportrait.training.validation import fixed_pairs, picture_figures, retargeting_figures

SHEET_ROWS = 6
MAX_CLIPS = 16
"""Validation clips whose pictures are redrawn."""

MAX_READ_CLIPS = 256
"""Validation clips whose motion is read: the other processes of a run wait, and not for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A run as its checks see it."""

    config: RunConfig
    stage: StageName
    learner: Learner
    training: Sequence[Shard]
    validation: Sequence[Shard]
    folder: Path
    fabric: Fabric


def checks_of(checked: Checked) -> tuple[Check, ...]:
    """A sheet always; figures where there are clips to validate on."""
    every = checked.config.check_every_steps
    checks = [Check(every_steps=every, look=_sheet(checked))]
    if checked.validation:
        checks.append(Check(every_steps=every, look=_figures(checked)))
    return tuple(checks)


def _sheet(checked: Checked) -> Callable[[PortraitNetworks, int], None]:
    """The same pairs every time, of people that the run does not know where there are such, and as they
    are: a moved jaw would pass for a person's."""
    shards = checked.validation or checked.training
    pairs = replace(schedule_of(checked.config.recipe, checked.stage).pairs, jaw_share=0.0)
    batch = next(iter(PairSampler(shards, pairs, batch_size=SHEET_ROWS, seed=0)))

    def look(_networks: PortraitNetworks, step: int) -> None:
        columns = checked.learner.show(checked.fabric.to_device(batch))
        write_sheet(checked.folder / "sheets" / f"step-{step:07d}.png", columns)

    return look


def some_clips(shards: Sequence[Shard], *, most: int, least_frames: int = 2) -> tuple[Shard, ...]:
    """At most so many clips, evenly spread; stills are not counted, as nothing moves in them."""
    clips = tuple(shard for shard in shards if shard.num_frames >= least_frames)
    return clips[:: -(-len(clips) // most)] if clips else ()


def _figures(checked: Checked) -> Callable[[PortraitNetworks, int], None]:
    path = checked.folder / "validation.csv"
    measure = _measure(checked, fixed_pairs(some_clips(checked.validation, most=MAX_CLIPS)))

    def look(networks: PortraitNetworks, step: int) -> None:
        # A resumed run may look again at a step: the earlier row is replaced.
        CsvLog(path, resume_step=step - 1).write(step, measure(networks))

    return look


def _measure(
    checked: Checked, batches: Sequence[PairBatch]
) -> Callable[[PortraitNetworks], dict[str, float]]:
    """What tells whether this stage is getting anywhere."""
    fabric, recipe = checked.fabric, checked.config.recipe
    read = some_clips(checked.validation, most=MAX_READ_CLIPS, least_frames=MIN_FRAMES_TO_READ)

    def motion(networks: PortraitNetworks) -> dict[str, float]:
        extractor, input_px = networks.motion_extractor, networks.preset.input_px
        return motion_figures(extractor, read, input_px=input_px, frames_per_clip=16)._asdict()

    def pictures(networks: PortraitNetworks) -> dict[str, float]:
        on_device = [fabric.to_device(batch) for batch in batches]
        amp = _amp(recipe.one.precision, fabric)
        return motion(networks) | picture_figures(networks, on_device, amp=amp)._asdict()

    def retargeting(networks: PortraitNetworks) -> dict[str, float]:
        on_device = [fabric.to_device(batch) for batch in batches]
        amp = _amp(recipe.two.precision, fabric)
        return retargeting_figures(networks, on_device, load_meter(fabric), amp=amp)._asdict()

    return {"motion": motion, "one": pictures, "two": retargeting}[checked.stage]


def _amp(precision: Precision, fabric: Fabric) -> torch.autocast:
    return autocast_for(precision, fabric.device)
