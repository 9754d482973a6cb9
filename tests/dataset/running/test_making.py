"""What becomes of images that a check refuses."""

from dataclasses import replace
from pathlib import Path

import pytest

from liveportrait.dataset.embeddings import load_embeddings
from liveportrait.dataset.measuring.faces import FaceMeasuringConfig
from liveportrait.dataset.running.config import Checks, Recipe
from liveportrait.dataset.running.making import refusal
from liveportrait.dataset.schema.images import FaceFigures
from liveportrait.errors import SettingError
from tests.dataset.running.fakes import RECIPE, FakeMeasuringConfig
from tests.dataset.running.plans import plan_of_prompts
from tests.dataset.running.runs import records, run_here


def test_rejected_documents_are_compared_with_their_live_images(tmp_path: Path) -> None:
    folder = plan_of_prompts(tmp_path, num_identities=3)
    run_here(folder, replace(RECIPE, measuring=FakeMeasuringConfig(num_faces=2), most_attempts=2))
    found = records(folder)
    assert {record.status for record in found} == {"rejected"}
    assert load_embeddings(tmp_path, "fake").enrolled.all()
    live = [record.face for record in found if record.planned.role == "live"]
    assert all(face is not None and face.identity_cosine is not None for face in live)


@pytest.mark.parametrize(
    ("cosine", "reason"), [(0.5, None), (0.2, "0.200 below 0.4"), (None, "no identity cosine")]
)
def test_a_live_image_is_to_be_as_like_its_document_as_asked(
    cosine: float | None, reason: str | None
) -> None:
    figures = FaceFigures(num_faces=1, identity_cosine=cosine)
    found = refusal(figures, Checks(least_identity_cosine=0.4), role="live")
    assert found == reason or (found is not None and reason is not None and reason in found)


def test_a_document_has_nobody_to_be_like() -> None:
    assert refusal(FaceFigures(num_faces=1), Checks(least_identity_cosine=0.4), role="doc") is None


def test_likeness_is_not_asked_for_where_nobody_measures_it() -> None:
    with pytest.raises(SettingError, match="recogniser"):
        Recipe(checks=Checks(least_identity_cosine=0.4), measuring=FaceMeasuringConfig(recogniser="none"))
