"""What is asked of a run beside its recipe."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from liveportrait.training.distributed import DistributedConfig
from liveportrait.training.loop import LoopConfig
from liveportrait.training.recipes import Recipe

StageName: TypeAlias = Literal["motion", "one", "two"]
LogKind: TypeAlias = Literal["csv", "tensorboard"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """One call of training. Called again with the same `out` it goes on where it stopped."""

    recipe: Recipe
    out: Path
    """State, weights, logs and sheets, a folder for each stage."""
    data: Path | None = None
    """A folder of shards; None draws faces where the recipe knows how."""
    validation: Path | None = None
    """A folder of shards of people who are not in `data`."""
    stage: StageName | Literal["all"] = "all"
    start_from: Path | None = None
    """Weights to begin the first stage of this call from: what training or an export wrote (the file or its
    folder), a plain state of the networks or of a motion extractor, or a folder of released weights."""
    vgg19: Path | None = None
    """A file of VGG19's weights, to judge pictures by it in place of the recipe's backbone."""
    loop: LoopConfig = LoopConfig()
    distributed: DistributedConfig = DistributedConfig()
    check_every_steps: int = 500
    """Sample sheets, and figures on the validation clips."""
    logs: tuple[LogKind, ...] = ("csv",)
    seed: int = 0
