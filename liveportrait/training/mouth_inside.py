"""What is seen below the teeth of a smile that opens: nothing in the frame shows it, so it is painted.

A dark red and a hint of a tongue, in the light of the face. Beside real teeth, real lips and a real
face it need not be more: a model that is taught to draw it no longer stretches teeth over it.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

DARK = (0.30, 0.15, 0.14)
TONGUE = (0.72, 0.38, 0.38)
"""RGB over the brightness of the chin's skin."""

TONGUE_WIDTH = 0.75
"""Over the width of the mouth."""
TONGUE_RISE = 0.4
"""Of the painted height, over which the dark becomes tongue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MouthInside:
    """The colours of one mouth."""

    dark: Float[ndarray, "3"]
    tongue: Float[ndarray, "3"]
    """RGB, 0..255."""
    tongue_from: float
    """Where the tongue begins, of the painted height; at 1 there is none."""

    def colour(self, below: Float[ndarray, "n"], aside: Float[ndarray, "n"]) -> Float[ndarray, "n 3"]:
        """`below` is 0 at the teeth and 1 at the lower lip, `aside` -1..1 from corner to corner."""
        risen = np.clip((below - self.tongue_from) / TONGUE_RISE, 0, 1)
        tongue = risen * np.maximum(1 - np.square(aside / TONGUE_WIDTH), 0)
        return self.dark + tongue[:, None] * (self.tongue - self.dark)


def draw_inside(rng: np.random.Generator, skin: float) -> MouthInside:
    """Colours for a face whose chin has the brightness `skin`, 0..255."""
    return MouthInside(
        dark=np.array(DARK) * skin * rng.uniform(0.5, 1.3),
        tongue=np.array(TONGUE) * skin * rng.uniform(0.5, 1.1),
        tongue_from=float(rng.uniform(0.2, 1.0)),
    )
