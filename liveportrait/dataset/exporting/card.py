"""The dataset card: README.md with the front matter that the Hugging Face hub reads, and a datasheet.

The sections are those of Gebru et al., "Datasheets for Datasets" (2021). What only the people who
publish can know stands there as a question to them and not as a guess.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from liveportrait.dataset.exporting.inventory import Inventory
from liveportrait.dataset.schema.images import ModelRef

METHODS = {
    "folder": "documents that were given",
    "t2i": "documents made from words by a text-to-image model",
    "e": "live images: the document animated (LivePortrait's method)",
    "a": "live images: Arc2Face, from the document's face vector",
    "p": "live images: PuLID with edges, from document and animation",
}
OPEN = "*To be filled in by who publishes this dataset.*"

_HUB_LICENCES = {
    "Apache-2.0": "apache-2.0",
    "CC-BY-4.0": "cc-by-4.0",
    "CC-BY-SA-4.0": "cc-by-sa-4.0",
    "CC-BY-NC-4.0": "cc-by-nc-4.0",
    "CC-BY-NC-SA-4.0": "cc-by-nc-sa-4.0",
    "CC0-1.0": "cc0-1.0",
    "MIT": "mit",
}
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSettings:
    """What the dataset is called and who answers for it."""

    title: str = "Document and live images"
    authors: tuple[str, ...] = ()
    """`Family name, given name`."""
    contact: str | None = None
    url: str | None = None
    version: str = "1.0.0"
    date: str | None = None
    """Of publication, as 2026-11-22."""
    purpose: str | None = None
    """Why it was made, in a sentence."""


def dataset_card(inventory: Inventory, settings: CardSettings, *, reports: Sequence[str] = ()) -> str:
    """The whole README.md; `reports` are paths of evaluation reports within the dataset."""
    parts = [
        _front_matter(inventory, settings),
        f"# {settings.title}",
        _summary(inventory),
        "## Motivation\n\n" + (settings.purpose or OPEN),
        "## Composition\n\n" + _composition(inventory),
        "## Models and licences\n\n" + _licences(inventory),
        "## How it was made\n\n" + _process(inventory),
        "## Uses\n\n" + _uses(inventory),
        "## Evaluation\n\n" + _evaluation(reports),
        "## Distribution and maintenance\n\n" + _distribution(settings),
    ]
    return "\n\n".join(parts) + "\n"


def _front_matter(inventory: Inventory, settings: CardSettings) -> str:
    """YAML, whose strings are written as JSON has them."""
    licence = _HUB_LICENCES.get(inventory.licence, "other")
    values: dict[str, Any] = {"pretty_name": settings.title, "license": licence}
    if licence == "other":
        values |= {"license_name": "see-licences-of-each-image", "license_link": "LICENSES"}
    values |= {
        "annotations_creators": ["machine-generated"],
        "source_datasets": ["original"],
        "size_categories": [_size(inventory.num_images)],
        "task_categories": ["image-feature-extraction"],
        "tags": ["synthetic", "face-recognition", "face-verification", "morphing-attack-detection", "image"],
    }
    lines = [f"{name}: {json.dumps(value)}" for name, value in values.items()]
    return "\n".join(["---", *lines, "---"])


def _size(num: int) -> str:
    return next((name for limit, name in _SIZES if num < limit), "1M<n<10M" if num < 10**7 else "n>10M")


def _summary(inventory: Inventory) -> str:
    return (
        f"{inventory.num_images} images of {inventory.num_identities} identities: a document portrait of "
        "each and live images of the same person with other pose and expression. The live images are "
        "generated; each is recorded in `images.parquet` with its seed, parameters, parent image, models "
        "and what was measured on it."
    )


def _composition(inventory: Inventory) -> str:
    rows = [
        (method, METHODS.get(method, method), str(num)) for method, num in sorted(inventory.by_method.items())
    ]
    return "\n\n".join(
        [
            _table(("method", "what", "images"), rows),
            _missing(failed=inventory.by_status["failed"], rejected=inventory.by_status["rejected"]),
            "Gender, age and origin are what was asked for, and neither measured nor anybody's own words. "
            f"Does the dataset show real people, and did they agree? {OPEN}",
        ]
    )


def _missing(*, failed: int, rejected: int) -> str:
    if not failed + rejected:
        return "No image is missing of those that were finished."
    return (
        f"{failed + rejected} planned images are missing ({failed} failed, {rejected} rejected); "
        "`failures.parquet` says why. They are not a random part of the dataset: faces that are hard to find "
        "are lost more often."
    )


def _licences(inventory: Inventory) -> str:
    images = [(licence, str(num)) for licence, num in sorted(inventory.by_licence.items())]
    models = [
        (
            model.id,
            model.revision or "",
            f"`{model.sha256[:12]}`" if model.sha256 else "",
            model.licence,
            model.restrictions or "",
            str(num),
        )
        for model, num in sorted(inventory.by_model.items(), key=lambda item: _order(item[0]))
    ]
    head = ("model", "revision", "sha256", "licence", "restrictions", "images")
    return "\n\n".join(
        [
            "Each image has its licence in `images.parquet`.",
            _table(("licence of images", "images"), images),
            "The models that had a part in them, whose terms may reach what they made:",
            _table(head, models),
        ]
    )


def _process(inventory: Inventory) -> str:
    software = inventory.facts.get("software", "liveportrait")
    digest = inventory.facts.get("digest")
    return (
        f"Made with {software}. `dataset.json` holds the settings"
        + (f" (digest `{digest}`)" if digest else "")
        + ", `plan/` every seed and parameter as it was drawn before anything was made. Poses, openings and "
        "likeness were measured on the finished images by networks, which err."
    )


def _uses(inventory: Inventory) -> str:
    restricted = sorted({model.restrictions for model in inventory.by_model if model.restrictions})
    terms = "".join(f"\n- {each}" for each in restricted)
    return (
        "For research on face verification between documents and live captures, morphing attack detection "
        "and the quality of face images. Not for deciding about people: error rates on generated faces are "
        "not those on real ones. Background, clothing and light of animated images are their documents' own, "
        "so they show less variation than real captures."
        + (f"\n\nTerms of the models that restrict the use:\n{terms}" if terms else "")
    )


def _evaluation(reports: Sequence[str]) -> str:
    if not reports:
        return "None yet: `liveportrait dataset evaluate` makes one."
    return "\n".join(f"- [{path}]({path})" for path in reports)


def _distribution(settings: CardSettings) -> str:
    authors = "; ".join(settings.authors) or OPEN
    lines = [
        f"- Version {settings.version}" + (f" of {settings.date}" if settings.date else ""),
        f"- Authors: {authors}",
        f"- Contact: {settings.contact or OPEN}",
        *([f"- {settings.url}"] if settings.url else []),
        "- Files are whole where `sha256sum -c SHA256SUMS` says so.",
        "- Generated images are marked as such in their metadata (IPTC digital source type); keep the mark.",
    ]
    return "\n".join(lines)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _order(model: ModelRef) -> tuple[str, str, str]:
    return model.id, model.revision or "", model.sha256 or ""
