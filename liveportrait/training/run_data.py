"""The shards of a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jaxtyping import Float
from numpy import ndarray

from liveportrait.checkpoints.bundled import bundled_weights_dir
from liveportrait.errors import SettingError
from liveportrait.training.clip_origin import UNKNOWN
from liveportrait.training.drawn_faces import write_drawn_clips
from liveportrait.training.motion_figures import MIN_FRAMES_TO_READ
from liveportrait.training.run_config import RunConfig
from liveportrait.training.shards import Shard, ShardError, load_reference_head, open_shards


@dataclass(frozen=True, slots=True, kw_only=True)
class RunData:
    """What a run learns from, and what it is checked on."""

    training: tuple[Shard, ...]
    validation: tuple[Shard, ...]


def open_run_data(config: RunConfig) -> RunData:
    """The shards that the settings name; drawn ones where they name none and the recipe allows."""
    head = load_reference_head(bundled_weights_dir() / "face" / "canonical_face.safetensors")
    training = open_shards(config.data or _drawn(config, head), head)
    validation = open_shards(config.validation, head) if config.validation else ()
    check_size((*training, *validation), size_px=config.recipe.preset.output_px)
    keep_people_apart(training, validation)
    if config.validation is not None:
        _check_that_something_moves(validation, config.validation)
    return RunData(training=training, validation=validation)


def check_size(shards: Sequence[Shard], *, size_px: int) -> None:
    """Refuse what would be enlarged to be learnt from: a model that draws 512 px learns the blur of 256."""
    others = [shard for shard in shards if shard.size_px != size_px]
    if others:
        raise ShardError(
            f"{others[0].path}: expected frames of {size_px} px, as the recipe's model draws them, found "
            f"{others[0].size_px} ({len(others)} of {len(shards)} shards); prepare again with "
            f"--clip.crop.size-px {size_px}"
        )


def keep_people_apart(training: Sequence[Shard], validation: Sequence[Shard]) -> None:
    """Refuse data in which a person whom the run learns is also one that judges it."""
    shared = _people(training) & _people(validation)
    if shared:
        raise ShardError(
            f"training and validation data share the people {', '.join(sorted(shared)[:6])}; keep each in one"
        )


def _check_that_something_moves(validation: Sequence[Shard], folder: Path) -> None:
    """Refuse at once what the first figures, hours later, would have nothing to measure in."""
    longest = max(shard.num_frames for shard in validation)
    if longest < MIN_FRAMES_TO_READ:
        raise ShardError(
            f"{folder}: validation needs a clip of at least {MIN_FRAMES_TO_READ} frames; the longest "
            f"of its {len(validation)} shards has {longest}; add clips, or leave out --validation"
        )


def _people(shards: Sequence[Shard]) -> set[str]:
    return {shard.origin.get("person", UNKNOWN) for shard in shards} - {UNKNOWN}


def _drawn(config: RunConfig, head: Float[ndarray, "m 3"]) -> Path:
    if config.recipe.drawn is None:
        raise SettingError("this recipe needs data: name a folder of shards, as `train prepare` makes them")
    folder = config.out / "drawn"
    write_drawn_clips(folder, head, config.recipe.drawn, seed=config.seed)
    return folder
