from hypothesis import given
from hypothesis import strategies as st

from liveportrait.animation.sightings import Sighting, sightings_of


def test_an_example() -> None:
    assert sightings_of([False, True, False, False, True]) == (
        Sighting(None, 0, 1, True),
        Sighting(0, 0, 0, False),
        Sighting(None, 0, 1, False),
        Sighting(None, 0, 2, False),
        Sighting(1, 1, 0, False),
    )


@given(st.lists(st.booleans(), max_size=30))
def test_rows_number_the_frames_with_a_face(seen: list[bool]) -> None:
    sightings = sightings_of(seen)
    rows = [one.row for one in sightings if one.row is not None]
    assert rows == list(range(sum(seen)))
    for index, one in enumerate(sightings):
        before = [other.row for other in sightings[: index + 1] if other.row is not None]
        assert one.nearest_row == (before[-1] if before else 0)
        assert one.is_before_first == (not before)
        assert (one.frames_missed == 0) == seen[index]
