"""In which frames of a video a face was seen."""

from collections.abc import Iterable
from typing import NamedTuple


class Sighting(NamedTuple):
    """One frame."""

    row: int | None
    """Of the motion, which has one for every frame with the face; None where it is not seen."""
    nearest_row: int
    """That of the last frame with the face, or of the first to come."""
    frames_missed: int
    """How long the face has not been seen, this frame included."""
    is_before_first: bool
    """The face was not seen yet."""


def sightings_of(seen: Iterable[bool]) -> tuple[Sighting, ...]:
    """The frames in order."""
    sightings: list[Sighting] = []
    num_rows = missed = 0
    for is_seen in seen:
        missed = 0 if is_seen else missed + 1
        row = num_rows if is_seen else None
        num_rows += is_seen
        sightings.append(Sighting(row, max(0, num_rows - 1), missed, num_rows == 0))
    return tuple(sightings)
