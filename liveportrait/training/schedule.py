"""How long a stage runs and how fast it learns along the way."""

import math
from dataclasses import dataclass

from liveportrait.training.pairs import PairConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleConfig:
    """Length of a stage, and what every step is fed."""

    num_steps: int
    batch_size: int
    """Pairs, in each process."""
    warmup_steps: int = 100
    final_pace: float = 0.1
    """Share of the learning rate that is left at the end."""
    ema_decay: float = 0.998
    pairs: PairConfig = PairConfig()


def pace_at(step: int, config: ScheduleConfig) -> float:
    """Share of the full learning rate: a straight rise, then half a cosine down.

    It depends on nothing but the step, so that a resumed run follows the same curve.
    """
    rise = min(1.0, (step + 1) / max(1, config.warmup_steps))
    done = min(1.0, step / max(1, config.num_steps))
    fall = config.final_pace + (1 - config.final_pace) * 0.5 * (1 + math.cos(math.pi * done))
    return rise * fall
