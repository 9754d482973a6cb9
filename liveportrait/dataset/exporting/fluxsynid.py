"""FLUXSynID's layout, file for file, so that its readers read our datasets.

A folder an identity, named by 12 hex digits: `{id}_{g}.json`, `{id}_{g}_doc.png` and
`{id}_{g}_live_{n}_{method}_d1.jpg`, with g one of f, m and nb, and the method one of e, a and p. What
`d1` means is said nowhere; it is kept. The JSON holds the attributes by file name, prompt, seed and
guidance and no more. Beside the folders lie the attribute set and the lists of similarity filters.
"""

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from liveportrait.dataset.attributes.attribute_set import AttributeSet
from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.exporting.pictures import Formats, PersonPictures
from liveportrait.dataset.exporting.protocol import ExportContext
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.planning.facts import read_facts
from liveportrait.dataset.schema.prompts import Prompt
from liveportrait.dataset.schema.tables import read_rows

_LETTERS = {"female": "f", "woman": "f", "f": "f", "male": "m", "man": "m", "m": "m"}
_NON_BINARY = frozenset({"non-binary", "nonbinary", "nb", "non-binary person"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FluxSynIdExport:
    """Export as FLUXSynID names and places its files."""

    @property
    def formats(self) -> Formats:
        return Formats(document="PNG", live="JPEG")

    def write(self, people: Iterable[PersonPictures], out: Path, context: ExportContext) -> None:
        prompts = _prompts(context.folder)
        for pictures in people:
            _write_person(pictures, out, prompts.get(pictures.person.identity_id))
        _write_attributes(context.folder, out)
        _copy_subsets(context.folder, out)


def gender_letter(pictures: PersonPictures) -> str:
    """f, m or nb."""
    gender = pictures.person.identity.gender
    asked = (gender or "").strip().lower()
    if asked in _NON_BINARY:
        return "nb"
    if asked not in _LETTERS:
        raise DatasetError(
            f"{pictures.person.identity_id}: FLUXSynID's file names hold the gender (f, m or nb), and this "
            f"identity's is {gender!r}. Plan with labels that name it, or export in another layout."
        )
    return _LETTERS[asked]


def _write_person(pictures: PersonPictures, out: Path, prompt: str | None) -> None:
    name = pictures.person.identity_id
    stem = f"{name}_{gender_letter(pictures)}"
    place = out / name
    place.mkdir()
    facts = json.dumps(_facts(pictures, prompt), indent=4, ensure_ascii=False)
    (place / f"{stem}.json").write_text(facts, encoding="utf-8")
    (place / f"{stem}_doc.png").write_bytes(pictures.document.content)
    for picture in pictures.live:
        planned = picture.record.planned
        (place / f"{stem}_live_{planned.slot}_{planned.method}_d1.jpg").write_bytes(picture.content)


def _facts(pictures: PersonPictures, prompt: str | None) -> dict[str, Any]:
    """Null where a document was not made but given."""
    identity, planned = pictures.person.identity, pictures.document.record.planned
    is_made = planned.method == "t2i"
    return {
        "attributes": {f"{each.name}.txt": each.value for each in identity.attributes},
        "prompt": prompt,
        "seed": planned.seed if is_made else None,
        "guidance": planned.guidance if is_made else None,
    }


def _prompts(folder: DatasetFolder) -> dict[str, str]:
    if not folder.prompts.exists():
        return {}
    return {row.identity_id: row.text for row in read_rows(folder.prompts, Prompt)}


def _write_attributes(folder: DatasetFolder, out: Path) -> None:
    attributes = read_facts(folder.plan_facts).settings.attribute_set if folder.plan_facts.exists() else None
    if attributes is None:
        return
    place = out / "attributes"
    place.mkdir()
    for each in attributes.classes:
        lines = [
            f"{value.value},{np.format_float_positional(value.probability, trim='-')}\n"
            for value in each.values
        ]
        (place / f"{each.name}.txt").write_text("".join(lines), encoding="utf-8")
    uses = {f"{each.name}.txt": each.use_probability for each in attributes.classes}
    (out / "file_probabilities.json").write_text(json.dumps(uses, indent=4) + "\n", encoding="utf-8")
    rules = json.dumps(_rules(attributes), indent=4, ensure_ascii=False)
    (out / "attribute_clashes.json").write_text(rules + "\n", encoding="utf-8")


def _rules(attributes: AttributeSet) -> list[dict[str, Any]]:
    return [
        {
            "fixed_file": f"{rule.fixed_class}.txt",
            "fixed_attributes": list(rule.fixed_values),
            "secondary_file": f"{rule.secondary_class}.txt",
            "secondary_attributes": list(rule.secondary_values),
        }
        for rule in attributes.rules
    ]


def _copy_subsets(folder: DatasetFolder, out: Path) -> None:
    lists = sorted(folder.subsets.glob("similarity_filtering_*.txt"))
    if lists:
        (out / "dataset_filtering").mkdir()
    for each in lists:
        shutil.copyfile(each, out / "dataset_filtering" / each.name)
