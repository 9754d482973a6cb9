"""Expression spaces as JSON files, which lie beside the weights that they belong to."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from liveportrait.errors import TemplateError
from liveportrait.motion.documents import Document, load_document, save_document
from liveportrait.motion.space import SLIDER_NAMES, ExpressionSpace, Slider

KIND = "liveportrait-expression-space"
VERSION = 1
MASKS = ("lip_mask", "eye_mask", "expression_mask")
PARTS = {"model_id", "neutral_expression", "sliders", *MASKS}
MOST_KEYPOINTS = 1024


def save_expression_space(space: ExpressionSpace, path: Path) -> None:
    """Write a model's expression space."""
    content = {
        "model_id": space.model_id,
        "neutral_expression": space.neutral_expression.tolist(),
        **{name: getattr(space, name).int().tolist() for name in MASKS},
        "sliders": {
            slider.name: {"positive": slider.positive.tolist(), "negative": slider.negative.tolist()}
            for slider in space.sliders
        },
    }
    save_document(Document(kind=KIND, version=VERSION, content=content), path)


def load_expression_space(path: Path) -> ExpressionSpace:
    """Read a model's expression space; anything missing, unknown or misshapen is refused."""
    content = load_document(path, kind=KIND, version=VERSION)
    if content.keys() != PARTS:
        raise TemplateError(f"{path}: expected the parts {sorted(PARTS)}; got {sorted(content)}.")
    if not isinstance(content["model_id"], str):
        raise TemplateError(f"{path}: model_id is {content['model_id']!r}; expected a name.")
    neutral = _rows(content["neutral_expression"], f"{path}: neutral_expression", num_keypoints=None)
    masks = {name: _mask(content[name], f"{path}: {name}", num_keypoints=len(neutral)) for name in MASKS}
    return ExpressionSpace(
        model_id=content["model_id"],
        neutral_expression=neutral,
        sliders=_sliders(content["sliders"], path, num_keypoints=len(neutral)),
        **masks,
    )


def _sliders(entries: Any, path: Path, *, num_keypoints: int) -> tuple[Slider, ...]:
    if not isinstance(entries, dict) or not entries.keys() <= set(SLIDER_NAMES):
        raise TemplateError(f"{path}: sliders must be among {', '.join(SLIDER_NAMES)}.")
    return tuple(
        _slider(name, entries[name], f"{path}: slider {name}", num_keypoints=num_keypoints)
        for name in SLIDER_NAMES
        if name in entries
    )


def _slider(name: Any, entry: Any, where: str, *, num_keypoints: int) -> Slider:
    if not isinstance(entry, dict) or entry.keys() != {"positive", "negative"}:
        raise TemplateError(f"{where}: expected its positive and its negative side.")
    return Slider(
        name=name,
        positive=_rows(entry["positive"], where, num_keypoints=num_keypoints),
        negative=_rows(entry["negative"], where, num_keypoints=num_keypoints),
    )


def _mask(rows: Any, where: str, *, num_keypoints: int) -> Tensor:
    values = _rows(rows, where, num_keypoints=num_keypoints)
    if not ((values == 0) | (values == 1)).all():
        raise TemplateError(f"{where}: expected 0 and 1 alone.")
    return values.bool()


def _rows(rows: Any, where: str, *, num_keypoints: int | None) -> Tensor:
    """A list of (x, y, z) of finite numbers, as long as asked."""
    wanted = "a list" if num_keypoints is None else f"{num_keypoints} rows"
    try:
        values = torch.tensor(rows, dtype=torch.float32)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise TemplateError(f"{where}: expected {wanted} of (x, y, z): {error}") from error
    counts = range(1, MOST_KEYPOINTS + 1) if num_keypoints is None else (num_keypoints,)
    rows_of_three = values.ndim == 2 and values.shape[0] in counts and values.shape[1] == 3
    if not rows_of_three or not values.isfinite().all():
        raise TemplateError(
            f"{where}: expected {wanted} of (x, y, z), all finite; got shape {tuple(values.shape)}."
        )
    return values
