import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from liveportrait.dataset import ids
from liveportrait.dataset.attributes.builtin_set import FOLDER
from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.planning import identities as identity_planning
from liveportrait.dataset.planning import plan as plan_module
from liveportrait.dataset.planning.checking import check_plan
from liveportrait.dataset.planning.config import (
    DocumentSource,
    IdentitiesSource,
    LiveConfig,
    PlanConfig,
    SampledSource,
)
from liveportrait.dataset.planning.document_place import read_document_place
from liveportrait.dataset.planning.facts import PlanFacts, read_facts
from liveportrait.dataset.planning.plan import make_plan
from liveportrait.dataset.schema.failures import FailureRow
from liveportrait.dataset.schema.identities import PlannedIdentity
from liveportrait.dataset.schema.images import PlannedImage
from liveportrait.dataset.schema.tables import read_rows, write_rows
from liveportrait.errors import SettingError
from tests.dataset.planning.documents import write_document

FULL = PlanConfig(
    live=LiveConfig(num_animations=3, presets=("mild", "fluxsynid"), num_arc2face=1, num_pulid=2), root_seed=7
)


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    for seed, name in enumerate(["a.png", "sub/b.png", "c.png"]):
        write_document(folder / name, seed=seed)
    return folder


def _plan(
    out: Path, source: IdentitiesSource, config: PlanConfig = FULL
) -> tuple[PlanFacts, list[PlannedIdentity], list[PlannedImage]]:
    folder = DatasetFolder(out)
    facts = make_plan(source, folder, config=config)
    identities = list(read_rows(folder.planned_identities, PlannedIdentity))
    return facts, identities, list(read_rows(folder.planned_images, PlannedImage))


def test_a_plan_of_documents(documents: Path, tmp_path: Path) -> None:
    facts, identities, images = _plan(tmp_path / "out", DocumentSource(folder=documents))
    assert [row.document_path for row in identities] == ["a.png", "c.png", "sub/b.png"]
    assert [row.index for row in identities] == [0, 1, 2]
    assert (facts.num_identities, facts.num_images, facts.num_failures) == (3, 21, 0)
    assert read_document_place(DatasetFolder(tmp_path / "out").document_place) == documents
    one = identities[0].identity_id
    assert [row.image_id for row in images if row.identity_id == one] == [
        f"{one}.doc",
        *(f"{one}.live_{slot}_{method}" for method, slot in ["e0", "e1", "e2", "a0", "p0", "p1"]),
    ]


def test_what_an_image_of_the_plan_says(documents: Path, tmp_path: Path) -> None:
    _, identities, images = _plan(tmp_path / "out", DocumentSource(folder=documents))
    document, *live = [row for row in images if row.identity_index == 1]
    assert (document.role, document.method, document.parent_image_id) == ("doc", "folder", None)
    assert document.parameters is None
    for row in live:
        assert row.identity_id == identities[1].identity_id
        assert (row.role, row.parent_image_id) == ("live", document.image_id)
        assert row.seed == ids.seed_of(7, row.identity_id, stage=row.method, slot=row.slot)
        assert (row.parameters is not None) == (row.method == "e")
    assert [row.preset for row in live] == ["mild", "fluxsynid", "mild", None, None, None]
    assert [row.composition for row in live[:3]] == ["library", "fluxsynid", "library"]
    assert live[0].parameters != live[2].parameters


def test_a_plan_of_attributes(tmp_path: Path) -> None:
    source = SampledSource(num_identities=30, guidance=(1.7, 2.5))
    facts, identities, images = _plan(tmp_path / "out", source)
    assert facts.num_identities == len(identities) == 30
    for row in identities:
        known = {attribute.name: attribute.value for attribute in row.attributes}
        assert (row.gender, row.age, row.origin) == (known["genders"], known["ages"], known["origins"])
        assert row.document_path is None
    drawn = {row.guidance for row in images if row.role == "doc"}
    assert all(row.guidance is None for row in images if row.role == "live")
    assert len(drawn) > 3
    assert all(value is not None and 1.7 <= value <= 2.5 and round(value, 1) == value for value in drawn)
    assert all(row.method == "t2i" for row in images if row.role == "doc")
    assert "facial_hair" in (tmp_path / "out" / "reports" / "marginals.md").read_text()
    assert json.loads((tmp_path / "out" / "reports" / "marginals.json").read_text())["num_identities"] == 30


def test_the_same_plan_has_the_same_bytes_and_another_seed_other_rows(tmp_path: Path) -> None:
    source = SampledSource(num_identities=20)
    for name, seed in [("a", 1), ("b", 1), ("c", 2)]:
        _plan(tmp_path / name, source, replace(FULL, root_seed=seed))
    for table in ("identities.parquet", "images.parquet", "plan.json"):
        first, same, other = ((tmp_path / name / "plan" / table).read_bytes() for name in "abc")
        assert first == same
        assert first != other


def test_more_identities_leave_the_first_ones_as_they_are(tmp_path: Path) -> None:
    _, few, few_images = _plan(tmp_path / "few", SampledSource(num_identities=5))
    _, many, many_images = _plan(tmp_path / "many", SampledSource(num_identities=50))
    assert many[:5] == few
    assert many_images[: len(few_images)] == few_images


def test_a_document_keeps_its_id_and_draws_whatever_lies_beside_it(documents: Path, tmp_path: Path) -> None:
    _, _, before = _plan(tmp_path / "before", DocumentSource(folder=documents))
    write_document(documents / "0.png", seed=9)
    (documents / "a.png").rename(documents / "z.png")
    _, _, after = _plan(tmp_path / "after", DocumentSource(folder=documents))
    drawn = {row.image_id: (row.seed, row.parameters) for row in after}
    assert {row.image_id: (row.seed, row.parameters) for row in before}.items() <= drawn.items()
    assert len(after) == len(before) + 7


def test_another_method_leaves_the_animations_as_they_are(tmp_path: Path) -> None:
    source, fewer = (
        SampledSource(num_identities=3),
        replace(FULL, live=LiveConfig(presets=("mild", "fluxsynid"))),
    )
    _, _, full = _plan(tmp_path / "full", source)
    _, _, plain = _plan(tmp_path / "plain", source, fewer)
    assert [row for row in full if row.method in ("t2i", "e")] == plain


def test_the_same_plan_again_changes_nothing(documents: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first, *_ = _plan(out, DocumentSource(folder=documents))
    times = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    assert _plan(out, DocumentSource(folder=documents))[0] == first
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()} == times


@pytest.mark.parametrize(
    ("config", "names"),
    [
        (replace(FULL, root_seed=8), "root_seed"),
        (
            replace(FULL, live=LiveConfig(num_animations=2)),
            "num_animations, num_arc2face, num_pulid, presets",
        ),
    ],
)
def test_another_plan_is_refused_and_says_what_differs(
    documents: Path, tmp_path: Path, config: PlanConfig, names: str
) -> None:
    out, source = tmp_path / "out", DocumentSource(folder=documents)
    before = _plan(out, source)
    with pytest.raises(
        DatasetError, match=f"another plan, which differs in {names}. A plan is never changed"
    ):
        make_plan(source, DatasetFolder(out), config=config)
    write_document(documents / "new.png", seed=5)
    with pytest.raises(DatasetError, match="differs in documents_sha256, num_identities"):
        make_plan(source, DatasetFolder(out), config=FULL)
    (documents / "new.png").unlink()
    assert _plan(out, source) == before


def test_a_plan_that_was_stopped_half_way_is_none(
    documents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, source = tmp_path / "out", DocumentSource(folder=documents)

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(plan_module, "write_facts", stopped)
        with pytest.raises(KeyboardInterrupt):
            make_plan(source, DatasetFolder(out), config=FULL)
    with pytest.raises(DatasetError, match="there is no plan"):
        read_facts(DatasetFolder(out).plan_facts)
    _, _, images = _plan(out, source, replace(FULL, root_seed=1))
    assert len(images) == 21


def test_a_plan_that_was_changed_by_hand_is_refused(tmp_path: Path) -> None:
    folder, source = DatasetFolder(tmp_path / "out"), SampledSource(num_identities=2)
    facts = make_plan(source, folder, config=FULL)
    assert check_plan(folder) == facts
    rows = list(read_rows(folder.planned_images, PlannedImage))
    write_rows(rows[:-1], folder.planned_images, row_type=PlannedImage)
    with pytest.raises(DatasetError, match=r"images\.parquet: this is not the table that was planned"):
        make_plan(source, folder, config=FULL)
    folder.planned_images.unlink()
    with pytest.raises(DatasetError, match="not the table"):
        check_plan(folder)
    shutil.rmtree(folder.plan)
    assert make_plan(source, folder, config=FULL) == facts


def test_a_dataset_may_lie_within_its_documents(documents: Path) -> None:
    out, source = documents / "dataset", DocumentSource(folder=documents)
    first, *_ = _plan(out, source)
    write_document(out / "images" / "live.png", seed=8)
    assert _plan(out, source)[0] == first


def test_hostile_documents_are_rows_and_the_rest_is_planned(documents: Path, tmp_path: Path) -> None:
    (documents / "empty.png").touch()
    shutil.copy(documents / "a.png", documents / "copy.png")
    facts, identities, _ = _plan(tmp_path / "out", DocumentSource(folder=documents))
    failures = list(read_rows(DatasetFolder(tmp_path / "out").plan_failures, FailureRow))
    assert (facts.num_failures, len(identities)) == (2, 3)
    assert {row.place.subject for row in failures} == {"empty.png", "copy.png"}


def test_nothing_to_plan_with_is_told_with_the_reason(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "x.png").write_text("no")
    with pytest.raises(DatasetError, match=r"none that can be used\. x\.png: this is no picture"):
        make_plan(DocumentSource(folder=folder), DatasetFolder(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_labels_become_columns_and_belong_to_the_plan(documents: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("file,gender,age\na.png,f,30-39\n")
    source = DocumentSource(folder=documents, labels=labels)
    _, identities, _ = _plan(tmp_path / "out", source)
    assert [(row.gender, row.age, row.origin) for row in identities] == [
        ("f", "30-39", None),
        (None,) * 3,
        (None,) * 3,
    ]
    labels.write_text("file,gender,age\na.png,m,30-39\n")
    with pytest.raises(DatasetError, match="differs in labels_sha256"):
        make_plan(source, DatasetFolder(tmp_path / "out"), config=FULL)
    labels.write_text("file,gender,age\nb.png,m,30-39\n")
    with pytest.raises(DatasetError, match=r"no such documents: b\.png"):
        make_plan(source, DatasetFolder(tmp_path / "new"), config=FULL)


def test_attributes_of_the_users_own_and_a_preset_too(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "attributes")
    preset = tmp_path / "nod.json"
    preset.write_text('{"ranges": {"pitch_deg": [5, 6]}}')
    config = PlanConfig(live=LiveConfig(num_animations=2, preset_files=(preset,)))
    own, *_ = _plan(
        tmp_path / "own", SampledSource(num_identities=2, attributes=tmp_path / "attributes"), config
    )
    builtin, _, images = _plan(tmp_path / "builtin", SampledSource(num_identities=2), config)
    assert own.settings_sha256 == builtin.settings_sha256
    nods = [row.parameters for row in images if row.preset == "nod"]
    assert len(nods) == 2
    assert all(parameters is not None and 5 <= parameters.pitch_deg <= 6 for parameters in nods)


def test_two_presets_of_one_name_are_refused_and_one_twice_is_not(tmp_path: Path) -> None:
    preset = tmp_path / "mild.json"
    preset.write_text('{"ranges": {"pitch_deg": [5, 6]}}')
    source, out = SampledSource(num_identities=1), DatasetFolder(tmp_path / "out")
    with pytest.raises(SettingError, match="Two presets are called mild"):
        make_plan(source, out, config=PlanConfig(live=LiveConfig(preset_files=(preset,))))
    twice = LiveConfig(num_animations=4, presets=(), preset_files=(preset, preset))
    assert make_plan(source, out, config=PlanConfig(live=twice)).num_images == 5


def test_ids_are_unique_even_where_digits_collide(monkeypatch: pytest.MonkeyPatch) -> None:
    def few_digits(root_seed: int, index: int, *, draw: int = 0) -> str:
        return f"{(index * 7 + draw) % 10:012x}"

    monkeypatch.setattr(identity_planning.ids, "sampled_identity_id", few_digits)
    drawn = list(identity_planning._sampled_ids(10, 0))
    assert len(set(drawn)) == 10


def test_facts_come_back_as_they_were(tmp_path: Path) -> None:
    facts, *_ = _plan(tmp_path / "out", SampledSource(num_identities=2))
    again = read_facts(tmp_path / "out" / "plan" / "plan.json")
    assert again == facts
    assert again.settings.sha256 == facts.settings_sha256


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"schema_version": 1}', '{"schema_version": 99}'])
def test_damaged_facts_are_no_plan(content: str, tmp_path: Path) -> None:
    _plan(tmp_path / "out", SampledSource(num_identities=2))
    (tmp_path / "out" / "plan" / "plan.json").write_text(content)
    with pytest.raises(DatasetError, match=r"plan\.json"):
        make_plan(SampledSource(num_identities=2), DatasetFolder(tmp_path / "out"))


@pytest.mark.parametrize(
    "make",
    [
        lambda: SampledSource(num_identities=0),
        lambda: SampledSource(num_identities=5, guidance=(3.0, 2.0)),
        lambda: LiveConfig(num_animations=-1),
        lambda: LiveConfig(num_animations=1, num_pulid=2),
        lambda: LiveConfig(presets=()),
        lambda: make_plan(
            SampledSource(num_identities=1), DatasetFolder(Path("x")), config=PlanConfig(root_seed=-1)
        ),
    ],
)
def test_settings_that_cannot_be_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(SettingError):
        make()
