"""Exports are read by readers that know nothing of us, and stand whole or not at all."""

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from liveportrait.dataset.attributes.builtin_set import builtin_attribute_set
from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.exporting.bob_csv import BobExport
from liveportrait.dataset.exporting.card import CardSettings
from liveportrait.dataset.exporting.exporting import export_dataset
from liveportrait.dataset.exporting.fluxsynid import FluxSynIdExport
from liveportrait.dataset.exporting.image_folder import ImageFolderExport
from liveportrait.dataset.exporting.insightface import InsightFaceExport
from liveportrait.dataset.exporting.pictures import Formats, PersonPictures
from liveportrait.dataset.exporting.protocol import ExportContext, Exporter
from liveportrait.dataset.exporting.webdataset import WebDatasetExport
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.planning.facts import PlanFacts, PlanSettings, write_facts
from liveportrait.dataset.protocols.csv_table import write_csv
from liveportrait.dataset.protocols.splits import SplitRow
from liveportrait.dataset.schema.identities import IdentityRecord
from liveportrait.dataset.schema.images import ImageRecord
from liveportrait.dataset.schema.prompts import Prompt
from liveportrait.dataset.schema.tables import read_rows, write_rows
from liveportrait.errors import LivePortraitError, MediaError
from tests.dataset.finished import identity_id, picture, write_finished

EXPORTERS: list[Exporter] = [
    FluxSynIdExport(),
    ImageFolderExport(),
    WebDatasetExport(),
    InsightFaceExport(),
    BobExport(),
]
SPOILT = (f"{identity_id(4)}.live_1_e",)


@pytest.fixture
def folder(tmp_path: Path) -> DatasetFolder:
    return write_finished(tmp_path / "set", spoilt=SPOILT)


def write_splits(folder: DatasetFolder) -> None:
    names = ("train", "train", "validation", "test", "test", "train")
    rows = [
        SplitRow(identity_id=identity_id(code), split=name, cluster=identity_id(code))
        for code, name in enumerate(names)
    ]
    write_csv(rows, folder.protocols / "splits.csv", row_type=SplitRow)


def read_fluxsynid(root: Path) -> dict[str, dict[str, Any]]:
    """A reader by the description of the published record alone."""
    found = {}
    for place in sorted(path for path in root.iterdir() if path.is_dir() and len(path.name) == 12):
        (metadata,) = place.glob("*.json")
        name, gender = metadata.stem.rsplit("_", 1)
        assert name == place.name and gender in ("f", "m", "nb")
        live = {}
        for path in place.glob(f"{name}_{gender}_live_*_d1.jpg"):
            number, method = path.stem.split("_")[-3:-1]
            live[int(number), method] = path
        document = place / f"{name}_{gender}_doc.png"
        assert {metadata, document, *live.values()} == set(place.iterdir())
        facts = json.loads(metadata.read_text())
        found[name] = {"gender": gender, "doc": document, "live": live, "facts": facts}
    return found


def test_fluxsynid(folder: DatasetFolder, tmp_path: Path) -> None:
    prompts = [Prompt(identity_id=identity_id(0), text="a face", writer="template")]
    write_rows(prompts, folder.prompts, row_type=Prompt)
    folder.subsets.mkdir()
    (folder.subsets / "similarity_filtering_sface_thr_0.5_fmr_0.001.txt").write_text("000000000000\n")
    export_dataset(folder, tmp_path / "out", FluxSynIdExport())
    found = read_fluxsynid(tmp_path / "out")
    assert [each["gender"] for each in found.values()] == ["f", "m", "nb", "f", "m", "nb"]
    first = found[identity_id(0)]
    assert first["facts"] == {
        "attributes": {"ages.txt": "15-19", "genders.txt": "Female", "nose_shape.txt": "Rounded, broad"},
        "prompt": "a face",
        "seed": 2**62,
        "guidance": None,
    }
    assert sorted(first["live"]) == [(0, "e"), (1, "e")] and len(found[identity_id(4)]["live"]) == 1
    assert first["doc"].read_bytes() == picture(0, -1)
    assert first["live"][0, "e"].read_bytes() == picture(0, 0, format_name="JPEG")
    lists = tmp_path / "out" / "dataset_filtering"
    assert [path.name for path in lists.iterdir()] == ["similarity_filtering_sface_thr_0.5_fmr_0.001.txt"]


def test_fluxsynid_takes_the_attribute_set_along(folder: DatasetFolder, tmp_path: Path) -> None:
    attributes = builtin_attribute_set()
    folder.plan.mkdir(exist_ok=True)
    settings = PlanSettings(
        root_seed=0,
        source="sampled",
        num_identities=6,
        attribute_set=attributes,
        num_animations=2,
        num_arc2face=0,
        num_pulid=0,
        presets=(),
    )
    facts = PlanFacts(
        settings_sha256=settings.sha256,
        identities_sha256="",
        images_sha256="",
        num_identities=6,
        num_images=18,
        num_failures=0,
        settings=settings,
    )
    write_facts(facts, folder.plan_facts)
    export_dataset(folder, tmp_path / "out", FluxSynIdExport())
    out = tmp_path / "out"
    names = {path.name for path in (out / "attributes").iterdir()}
    uses = json.loads((out / "file_probabilities.json").read_text())
    assert names == set(uses) == {f"{each.name}.txt" for each in attributes.classes}
    for each in attributes.classes:
        lines = (out / "attributes" / f"{each.name}.txt").read_text().splitlines()
        found = {value: float(probability) for value, probability in (line.split(",") for line in lines)}
        assert found == {value.value: value.probability for value in each.values}
    rules = json.loads((out / "attribute_clashes.json").read_text())
    assert len(rules) == len(attributes.rules)
    assert {rule["fixed_file"] for rule in rules} <= names


def test_who_has_no_good_document_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = write_finished(tmp_path / "set", spoilt=[f"{identity_id(2)}.doc"])
    written = export_dataset(folder, tmp_path / "out", InsightFaceExport())
    assert (written.num_identities, written.num_images) == (5, 15)
    assert f"{identity_id(2)} has no good document" in caplog.text


def test_fluxsynid_has_no_name_for_people_of_unknown_gender(folder: DatasetFolder, tmp_path: Path) -> None:
    rows = list(read_rows(folder.identities, IdentityRecord))
    rows[2] = replace(rows[2], planned=replace(rows[2].planned, gender=None))
    write_rows(rows, folder.identities, row_type=IdentityRecord)
    with pytest.raises(DatasetError, match=f"{identity_id(2)}.*gender"):
        export_dataset(folder, tmp_path / "out", FluxSynIdExport())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set"]


def test_fluxsynid_has_its_own_formats(folder: DatasetFolder, tmp_path: Path) -> None:
    """A document that is a JPEG becomes a PNG of the same pixels."""
    rows = list(read_rows(folder.images, ImageRecord))
    content = picture(0, 3, format_name="JPEG")
    stored = rows[0].stored
    assert stored is not None
    (folder.root / stored.path).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    rows[0] = replace(rows[0], stored=replace(stored, sha256=digest, format="JPEG", num_bytes=len(content)))
    write_rows(rows, folder.images, row_type=ImageRecord)
    export_dataset(folder, tmp_path / "out", FluxSynIdExport())
    path = tmp_path / "out" / identity_id(0) / f"{identity_id(0)}_f_doc.png"
    with Image.open(path) as found, Image.open(io.BytesIO(content)) as expected:
        assert found.format == "PNG" and found.tobytes() == expected.tobytes()


def test_image_folder(folder: DatasetFolder, tmp_path: Path) -> None:
    write_splits(folder)
    export_dataset(folder, tmp_path / "out", ImageFolderExport())
    splits = {path.parent.name: path for path in (tmp_path / "out").glob("*/metadata.jsonl")}
    assert sorted(splits) == ["test", "train", "validation"]
    rows = [json.loads(line) for line in splits["test"].read_text().splitlines()]
    assert [row["identity_id"] for row in rows] == [identity_id(3), identity_id(4)]
    assert len(rows[0]["live_file_names"]) == 2 and len(rows[1]["live_file_names"]) == 1
    for row in rows:
        images = json.loads(row["images"])
        names = [row["doc_file_name"], *row["live_file_names"]]
        for name, image in zip(names, images, strict=True):
            content = (tmp_path / "out" / "test" / name).read_bytes()
            assert hashlib.sha256(content).hexdigest() == image["sha256"]


def read_samples(paths: Iterable[Path]) -> dict[str, dict[str, bytes]]:
    """WebDataset's rule: a key is what stands before the first dot."""
    samples: dict[str, dict[str, bytes]] = {}
    for path in paths:
        with tarfile.open(path) as tar:
            for member in tar:
                key, _, extension = member.name.partition(".")
                file = tar.extractfile(member)
                assert file is not None
                assert extension not in samples.setdefault(key, {})
                samples[key][extension] = file.read()
    return samples


def test_webdataset(folder: DatasetFolder, tmp_path: Path) -> None:
    export_dataset(folder, tmp_path / "out", WebDatasetExport(shard_people=4))
    paths = sorted((tmp_path / "out").glob("*.tar"))
    assert [path.name for path in paths] == ["train-000000.tar", "train-000001.tar"]
    samples = read_samples(paths)
    assert list(samples) == [identity_id(code) for code in range(6)]
    one = samples[identity_id(1)]
    assert sorted(one) == ["doc.png", "json", "live_0_e.jpg", "live_1_e.jpg"]
    assert one["live_1_e.jpg"] == picture(1, 1, format_name="JPEG")
    facts = json.loads(one["json"])
    assert facts["gender"] == "Male" and facts["images"]["live_0_e"]["parameters"]["yaw_deg"] == -1.0
    assert facts["images"]["doc"]["sha256"] == hashlib.sha256(one["doc.png"]).hexdigest()


def test_webdataset_keeps_splits_apart(folder: DatasetFolder, tmp_path: Path) -> None:
    write_splits(folder)
    export_dataset(folder, tmp_path / "out", WebDatasetExport())
    found = read_samples([tmp_path / "out" / "validation-000000.tar"])
    assert list(found) == [identity_id(2)]


def test_insightface(folder: DatasetFolder, tmp_path: Path) -> None:
    export_dataset(folder, tmp_path / "out", InsightFaceExport())
    place = tmp_path / "out" / f"0000001__{identity_id(1)}"
    assert sorted(path.name for path in place.iterdir()) == ["gallery.png", "live_0_e.jpg", "live_1_e.jpg"]
    assert len(list((tmp_path / "out").glob("*__*/gallery.*"))) == 6


@pytest.mark.parametrize("with_splits", [True, False])
def test_bob(folder: DatasetFolder, tmp_path: Path, with_splits: bool) -> None:
    if with_splits:
        write_splits(folder)
    export_dataset(folder, tmp_path / "out", BobExport())
    root = tmp_path / "out" / "protocols" / "liveportrait" / "doc-live"
    rows = {}
    for name in (
        "norm/train_world",
        "dev/for_models",
        "dev/for_probes",
        "eval/for_models",
        "eval/for_probes",
    ):
        with (root / f"{name}.csv").open(newline="") as file:
            head, *rows[name] = list(csv.reader(file))
        assert head[:2] == ["PATH", "REFERENCE_ID"]
    counts = {name: len(found) for name, found in rows.items()}
    expected = (9, 1, 2, 2, 3) if with_splits else (0, 6, 11, 0, 0)
    assert tuple(counts.values()) == expected
    for path, reference, *_ in (row for found in rows.values() for row in found):
        assert (tmp_path / "out" / path).is_file() and reference in path


@pytest.mark.parametrize("exporter", EXPORTERS, ids=lambda each: type(each).__name__)
def test_every_export_has_card_and_checksums(
    exporter: Exporter, folder: DatasetFolder, tmp_path: Path
) -> None:
    chosen = tmp_path / "some.txt"
    chosen.write_text(f"{identity_id(0)}\n{identity_id(4)}\n")
    counts = export_dataset(folder, tmp_path / "out", exporter, subset=chosen)
    assert (counts.num_identities, counts.num_images) == (2, 5)
    out = tmp_path / "out"
    assert "5 images of 2 identities" in (out / "README.md").read_text()
    assert (out / "CITATION.cff").exists() and (out / "LICENSES" / "MIT.txt").exists()
    done = subprocess.run(
        ["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=out, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout
    listed = {line.split("  ", 1)[1] for line in (out / "SHA256SUMS").read_text().splitlines()}
    there = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert listed == there - {"SHA256SUMS"}


@pytest.mark.parametrize("exporter", EXPORTERS, ids=lambda each: type(each).__name__)
def test_the_same_dataset_gives_the_same_bytes(
    exporter: Exporter, folder: DatasetFolder, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        export_dataset(folder, tmp_path / name, exporter)
    one, two = ((tmp_path / name / "SHA256SUMS").read_bytes() for name in ("one", "two"))
    assert one == two and one.count(b"\n") > 5


def test_nothing_is_overwritten(folder: DatasetFolder, tmp_path: Path) -> None:
    export_dataset(folder, tmp_path / "out", InsightFaceExport())
    before = Counter(path.name for path in (tmp_path / "out").rglob("*"))
    with pytest.raises(MediaError, match="new or empty folder"):
        export_dataset(folder, tmp_path / "out", FluxSynIdExport())
    assert Counter(path.name for path in (tmp_path / "out").rglob("*")) == before


@dataclass(frozen=True)
class FailingExport:
    """Breaks in the middle."""

    error: Exception

    @property
    def formats(self) -> Formats:
        return Formats()

    def write(self, people: Iterable[PersonPictures], out: Path, context: ExportContext) -> None:
        for number, pictures in enumerate(people):
            (out / pictures.person.identity_id).write_text("half")
            if number == 2:
                raise self.error


@pytest.mark.parametrize(
    ("error", "message"), [(OSError(28, "No space left"), "no space left"), (KeyError("x"), "x")]
)
def test_a_broken_export_leaves_nothing(
    folder: DatasetFolder, tmp_path: Path, error: Exception, message: str
) -> None:
    with pytest.raises((MediaError, KeyError), match=message):
        export_dataset(folder, tmp_path / "out", FailingExport(error))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set"]


def test_a_killed_export_can_be_begun_anew(folder: DatasetFolder, tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path\n"
        "from liveportrait.dataset.exporting import exporting, insightface\n"
        "from liveportrait.dataset.folder import DatasetFolder\n"
        "exporting.write_card_of_export = lambda *_: os.kill(os.getpid(), 9)\n"
        "exporting.export_dataset(DatasetFolder(Path(sys.argv[1])), Path(sys.argv[2]),"
        " insightface.InsightFaceExport())"
    )
    command = [sys.executable, "-c", code, str(folder.root), str(tmp_path / "out")]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(Path.cwd())}, check=False)
    assert done.returncode == -9
    assert not (tmp_path / "out").exists()
    assert len(list(tmp_path.glob(".liveportrait-*.part"))) == 1
    export_dataset(folder, tmp_path / "out", InsightFaceExport())
    assert (tmp_path / "out" / "SHA256SUMS").exists()


@pytest.mark.parametrize("damage", ["missing", "other bytes", "outside"])
def test_a_damaged_image_is_named(folder: DatasetFolder, tmp_path: Path, damage: str) -> None:
    rows = list(read_rows(folder.images, ImageRecord))
    stored = rows[5].stored
    assert stored is not None
    path = folder.root / stored.path
    match damage:
        case "missing":
            path.unlink()
        case "other bytes":
            path.write_bytes(path.read_bytes() + b"\0")
        case _:
            rows[5] = replace(rows[5], stored=replace(stored, path="../secret.png"))
            (tmp_path / "secret.png").write_bytes(path.read_bytes())
            write_rows(rows, folder.images, row_type=ImageRecord)
    with pytest.raises(DatasetError, match=r"live_1_e|secret"):
        export_dataset(folder, tmp_path / "out", InsightFaceExport())
    assert not (tmp_path / "out").exists()


def test_images_in_tar_shards_are_found_by_their_offset(folder: DatasetFolder, tmp_path: Path) -> None:
    rows = list(read_rows(folder.images, ImageRecord))
    shard = folder.root / "shards.tar"
    with shard.open("wb") as file:
        for number, row in enumerate(rows):
            if row.stored is not None:
                content = (folder.root / row.stored.path).read_bytes()
                offset = file.tell()
                file.write(content + b"padding")
                rows[number] = replace(row, stored=replace(row.stored, path="shards.tar", offset=offset))
    write_rows(rows, folder.images, row_type=ImageRecord)
    export_dataset(folder, tmp_path / "out", InsightFaceExport())
    place = tmp_path / "out" / f"0000003__{identity_id(3)}"
    assert (place / "live_1_e.jpg").read_bytes() == picture(3, 1, format_name="JPEG")


@pytest.mark.parametrize("content", ["identity_id,split\nx,../../etc\n", "a,b\n1,2\n"])
def test_splits_that_are_none_are_refused(folder: DatasetFolder, tmp_path: Path, content: str) -> None:
    folder.protocols.mkdir()
    (folder.protocols / "splits.csv").write_text(content)
    with pytest.raises(DatasetError, match=r"splits\.csv"):
        export_dataset(folder, tmp_path / "out", ImageFolderExport())


def test_a_list_of_nobody_here_is_refused(folder: DatasetFolder, tmp_path: Path) -> None:
    chosen = tmp_path / "others.txt"
    chosen.write_text("ffffffffffff\n")
    with pytest.raises(LivePortraitError, match="no images to export"):
        export_dataset(folder, tmp_path / "out", InsightFaceExport(), subset=chosen)
    assert not (tmp_path / "out").exists()


def test_signed_exports_are_hashed_after_signing(folder: DatasetFolder, tmp_path: Path) -> None:
    pytest.importorskip("c2pa")
    from liveportrait.dataset.exporting.content_credentials import read_credentials
    from tests.dataset.exporting.signing import signing_identity

    card = CardSettings(title="Signed", authors=("Doe, Jo",))
    signing = signing_identity(tmp_path)
    export_dataset(folder, tmp_path / "out", WebDatasetExport(), signing=signing, card=card)
    sample = read_samples([tmp_path / "out" / "train-000000.tar"])[identity_id(2)]
    facts = json.loads(sample["json"])["images"]["live_0_e"]
    content = sample["live_0_e.jpg"]
    assert facts["sha256"] == hashlib.sha256(content).hexdigest() and facts["num_bytes"] == len(content)
    found = read_credentials(content, image_format="JPEG")
    assert found is not None and found.state == "Valid"
    assert found.parent_title == f"{identity_id(2)}.doc"
