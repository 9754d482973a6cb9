"""Where users keep the released checkpoints."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from liveportrait.checkpoints.adapters import ADAPTERS, Adapter
from liveportrait.errors import WeightsError

Species: TypeAlias = Literal["human", "animal"]

SUFFIXES = (".safetensors", ".pth")
"""Looked for in this order."""

HOW_TO_GET = "To fetch the released checkpoints: liveportrait weights download."


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedFile:
    """One file of a released model, and how it is read."""

    adapter: Adapter
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedModel:
    """The files of one released model; complete."""

    species: Species
    files: tuple[ReleasedFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A way to arrange the files below a folder."""

    species: Species
    base: str
    """Folder of the four large networks."""
    retargeting: tuple[str, ...]
    """Folders that may hold the file of the three small ones."""

    def folders_of(self, adapter: Adapter) -> tuple[str, ...]:
        return self.retargeting if adapter.component == "stitching_retargeting_module" else (self.base,)


# The animal models come without their own retargeting networks and take the human ones.
LAYOUTS = (
    Layout(
        species="human",
        base="liveportrait/base_models",
        retargeting=("liveportrait/retargeting_models",),
    ),
    *(
        Layout(
            species="animal",
            base=f"liveportrait_animals/{base}",
            retargeting=("liveportrait/retargeting_models", "liveportrait_animals/retargeting_models"),
        )
        for base in ("base_models_v1.1", "base_models")
    ),
    Layout(
        species="animal",
        base="base_models_v1.1",
        retargeting=("retargeting_models", "../liveportrait/retargeting_models"),
    ),
    Layout(species="human", base="base_models", retargeting=("retargeting_models",)),
    Layout(species="human", base=".", retargeting=(".", "retargeting_models")),
    Layout(species="animal", base=".", retargeting=(".", "retargeting_models")),
)


def find_released_model(folder: Path, *, species: Species | None = None) -> ReleasedModel:
    """The first layout of which `folder` holds anything; without `species`, human before animal."""
    if not folder.is_dir():
        raise WeightsError(f"{folder} is no folder: expected one with the released checkpoints. {HOW_TO_GET}")
    for layout in LAYOUTS:
        if species in (None, layout.species):
            found = tuple((adapter, _find(folder, layout, adapter)) for adapter in ADAPTERS)
            if any(
                path is not None for adapter, path in found if layout.folders_of(adapter) == (layout.base,)
            ):
                return _complete(folder, layout, found)
    wanted = "" if species is None else f"{species} "
    raise WeightsError(
        f"{folder} holds no {wanted}checkpoint: expected, for example, "
        f"{folder / 'liveportrait/base_models/motion_extractor.pth'} or "
        f"{folder / 'motion_extractor.safetensors'}. {HOW_TO_GET}"
    )


def _complete(folder: Path, layout: Layout, found: tuple[tuple[Adapter, Path | None], ...]) -> ReleasedModel:
    missing = [
        str(folder / layout.folders_of(adapter)[0] / f"{adapter.component}.pth")
        for adapter, path in found
        if path is None
    ]
    if missing:
        raise WeightsError(
            f"The {layout.species} model in {folder} is incomplete; missing: {', '.join(missing)} "
            f"(or the same as .safetensors). {HOW_TO_GET}"
        )
    files = tuple(ReleasedFile(adapter=adapter, path=path) for adapter, path in found if path is not None)
    return ReleasedModel(species=layout.species, files=files)


def _find(folder: Path, layout: Layout, adapter: Adapter) -> Path | None:
    for place in layout.folders_of(adapter):
        for suffix in SUFFIXES:
            path = folder / place / f"{adapter.component}{suffix}"
            if path.is_file():
                return path
    return None
