"""Measured signals, counted from a neutral face to each side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray


class Side(NamedTuple):
    """One side of a signal: above or below its neutral value."""

    signal: str
    above: bool

    @property
    def opposite(self) -> "Side":
        return Side(self.signal, not self.above)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SidedSignals:
    """How far each signal is to each side, in every frame."""

    sides: tuple[Side, ...]
    values: Float[ndarray, "n c"]
    """A column a side: 0 at neutral and on the other side, 1 at the end of what was seen."""

    def signed(self, signal: str, values: Float[ndarray, "n c"]) -> Float[ndarray, "n"]:
        """One signal as a single number, from columns such as `values`: above is positive."""
        columns = [
            values[:, index] if side.above else -values[:, index]
            for index, side in enumerate(self.sides)
            if side.signal == signal
        ]
        return np.sum(columns, axis=0)


def split_sides(
    signals: Mapping[str, Float[ndarray, "n"]],
    neutral_frames: Bool[ndarray, "n"],
    *,
    end_percentile: float,
    least_span: float,
) -> SidedSignals:
    """Count every signal from its median over the neutral frames.

    A side counts as not seen when its span is below `least_span` of the other side's; a signal that
    does not move at all has none.
    """
    sides: list[Side] = []
    columns: list[ndarray] = []
    for name, signal in signals.items():
        change = signal - np.median(signal[neutral_frames])
        parts = {Side(name, True): np.maximum(change, 0), Side(name, False): np.maximum(-change, 0)}
        spans = {side: np.percentile(part, end_percentile) for side, part in parts.items()}
        least = max(least_span * max(spans.values()), 1e-6)
        for side, part in parts.items():
            if spans[side] >= least:
                sides.append(side)
                columns.append(part / spans[side])
    values = np.stack(columns, axis=1) if columns else np.zeros((len(neutral_frames), 0))
    return SidedSignals(sides=tuple(sides), values=values)
