"""Motion templates as files: arrays in safetensors, facts in its header, nothing that runs."""

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, float32

from liveportrait.errors import TemplateError
from liveportrait.media.paths import AnyPath
from liveportrait.media.pending_file import write_bytes
from liveportrait.media.reading import check_readable
from liveportrait.motion.openings import Openings
from liveportrait.motion.state import Motion
from liveportrait.motion.template import MotionTemplate

KIND = "liveportrait-motion-template"
VERSION = 1
SUFFIX = ".safetensors"
CONVENTIONS = (
    "rotation stands right of row vectors; x right, y down, z into the image, cube -1..1; keypoints = "
    "scale (canonical_keypoints rotation + expression) + translation in x and y; openings: height over width"
)
MOTION_SHAPES = {
    "rotation": ("frames", 3, 3),
    "expression": ("frames", "keypoints", 3),
    "scale": ("frames", 1),
    "translation": ("frames", 3),
    "canonical_keypoints": ("frames", "keypoints", 3),
}
OPENING_SHAPES = {"eye_open_ratio": ("frames", 2), "lip_open_ratio": ("frames", 1)}


def save_template(template: MotionTemplate, path: AnyPath) -> None:
    """Write a template, whole or not at all; the name must end in .safetensors."""
    path = Path(path)
    check_template_name(path)
    arrays = {name: getattr(template.motion, name) for name in MOTION_SHAPES}
    if template.openings is not None:
        arrays |= {"eye_open_ratio": template.openings.eyes, "lip_open_ratio": template.openings.lips}
    header = {
        "kind": KIND,
        "version": VERSION,
        "model_id": template.model_id,
        "fps": str(template.fps),
        "note": template.note,
        "conventions": CONVENTIONS,
    }
    stored = {name: array.detach().cpu().contiguous() for name, array in arrays.items()}
    write_bytes(path, save(stored, metadata={"template": json.dumps(header)}))


def check_template_name(path: Path) -> None:
    """Refuse a name that would make readers take the file for something else."""
    if path.suffix.lower() != SUFFIX:
        raise TemplateError(f"{path}: a motion template is a {SUFFIX} file; give it that extension.")


def load_template(path: AnyPath) -> MotionTemplate:
    """Read a template; a damaged file, another version and wrong shapes are refused.

    Raises:
        MediaError: when there is no file that can be read.
        TemplateError: when it is no template of this version.
    """
    path = Path(path)
    check_readable(path)
    try:
        with safe_open(path, framework="pt") as file:
            header = _header(file.metadata(), path)
            # Cloned, because tensors in a mapped file change or crash when the file does.
            arrays = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 (no mapping)
    except SafetensorError as error:
        raise TemplateError(f"{path}: this is no motion template that can be read: {error}") from error
    _check_arrays(arrays, path)
    openings = None
    if "eye_open_ratio" in arrays:
        openings = Openings(eyes=arrays["eye_open_ratio"], lips=arrays["lip_open_ratio"])
    try:
        return MotionTemplate(
            model_id=header["model_id"],
            fps=_fps(header["fps"]),
            motion=Motion(**{name: arrays[name] for name in MOTION_SHAPES}),
            openings=openings,
            note=header["note"],
        )
    except TemplateError as error:
        raise TemplateError(f"{path}: {error}") from error


def _header(metadata: dict[str, str] | None, path: Path) -> dict[str, str]:
    """The header's facts, each of them text but the version."""
    try:
        header: Any = json.loads((metadata or {}).get("template", "null"))
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict) or header.get("kind") != KIND:
        raise TemplateError(f"{path}: this safetensors file is no motion template; make one with `template`.")
    if header.get("version") != VERSION:
        raise TemplateError(
            f"{path}: the template's version is {header.get('version')!r}, this library reads {VERSION}; "
            "make the template again."
        )
    texts = {name: header.get(name) for name in ("model_id", "fps", "note")}
    wrong = [name for name, text in texts.items() if not isinstance(text, str)]
    if wrong:
        raise TemplateError(f"{path}: the template's header lacks {', '.join(wrong)}; make it again.")
    return {name: str(text) for name, text in texts.items()}


def _fps(text: str) -> Fraction:
    """Digits alone: `Fraction` would also read '1e999999999', and take for ever."""
    if not re.fullmatch(r"[0-9]{1,9}(/0*[1-9][0-9]{0,8})?", text):
        raise TemplateError(f"the frame rate is {text[:40]!r}; expected a fraction such as 30000/1001.")
    return Fraction(text)


def _check_arrays(arrays: dict[str, Tensor], path: Path) -> None:
    """The right arrays, all fp32, of shapes that fit each other."""
    if arrays.keys() not in (MOTION_SHAPES.keys(), MOTION_SHAPES.keys() | OPENING_SHAPES.keys()):
        raise TemplateError(
            f"{path}: expected the arrays {sorted(MOTION_SHAPES)}, with {sorted(OPENING_SHAPES)} or without; "
            f"got {sorted(arrays)}."
        )
    sizes: dict[str, int] = {}
    for name, wanted in (MOTION_SHAPES | OPENING_SHAPES).items():
        if name not in arrays:
            continue
        array = arrays[name]
        fits = array.ndim == len(wanted) and all(
            got == (sizes.setdefault(axis, got) if isinstance(axis, str) else axis)
            for got, axis in zip(array.shape, wanted, strict=True)
        )
        if not fits or array.dtype != float32:
            raise TemplateError(
                f"{path}: {name} has shape {tuple(array.shape)} and type {array.dtype}; expected float32 of "
                f"shape {wanted} with {sizes}."
            )
