"""Where the weights that come with the library lie."""

from pathlib import Path

from liveportrait.errors import WeightsError

_PACKAGE = Path(__file__).parents[1]


def bundled_weights_dir() -> Path:
    """`weights/` inside an installed package, or beside the package in a checkout."""
    places = (_PACKAGE / "weights", _PACKAGE.parent / "weights")
    for place in places:
        if place.is_dir():
            return place
    raise WeightsError(
        f"The bundled weights are missing: expected a folder {places[0]} or {places[1]}. "
        "Install the wheel again, or run from a full checkout."
    )
