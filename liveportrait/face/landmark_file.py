"""Landmarks given by hand, for pictures on which detection fails."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from liveportrait.errors import SettingError
from liveportrait.face.layouts import check_landmarks
from liveportrait.face.protocol import Face


def load_hand_face(file: Path) -> Face:
    """A face from a file of landmarks in frame pixels: "x y" a line, or `[[x, y], ...]` as JSON."""
    try:
        text = file.read_text(encoding="utf-8")
        points = np.asarray(_parsed(text), np.float32)
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise SettingError(f"Expected landmarks in {file}, one 'x y' a line or JSON; {error}.") from error
    if points.ndim != 2 or points.shape[1] != 2:
        raise SettingError(f"Expected points of two numbers each in {file}; got an array of {points.shape}.")
    check_landmarks(points)
    return Face(landmarks=points, score=1.0)


def _parsed(text: str) -> list[Any]:
    if text.lstrip().startswith("["):
        return json.loads(text)
    rows = [line.replace(",", " ").split() for line in text.splitlines()]
    return [[float(number) for number in row] for row in rows if row]
