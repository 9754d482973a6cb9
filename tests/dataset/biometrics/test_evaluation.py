"""A finished dataset is measured, written about and drawn."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from liveportrait.dataset.biometrics.bootstrap import BootstrapSettings
from liveportrait.dataset.biometrics.comparing import compare_between
from liveportrait.dataset.biometrics.evaluation import Evaluation, EvaluationSettings, evaluate
from liveportrait.dataset.biometrics.leakage import leakage
from liveportrait.dataset.biometrics.plots import write_plots
from liveportrait.dataset.biometrics.rates import equal_error, error_rates
from liveportrait.dataset.biometrics.report import write_report
from liveportrait.dataset.biometrics.scenario import DET_FMRS
from liveportrait.dataset.people import Person, read_people
from tests.dataset.biometrics.test_thresholds import ONE
from tests.dataset.finished import embeddings_of, identity_id, write_finished

SETTINGS = EvaluationSettings(fmrs=(0.01, 1e-3, 1e-9), bootstrap=BootstrapSettings(num_replicates=10))
SPOILT = (f"{identity_id(3)}.live_0_e",)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> list[Person]:
    root = tmp_path_factory.mktemp("evaluated") / "set"
    return list(read_people(write_finished(root, num_identities=30, spoilt=SPOILT)))


@pytest.fixture(scope="module")
def evaluation(people: list[Person]) -> Evaluation:
    return evaluate(people, embeddings_of(30), calibrations=[ONE], settings=SETTINGS)


def test_figures_are_those_of_the_parts(evaluation: Evaluation) -> None:
    embeddings = embeddings_of(30)
    embeddings = embeddings.where(np.array([name not in SPOILT for name in embeddings.image_ids]))
    alone = compare_between(embeddings.of_role("doc"), embeddings.of_role("live"))
    first, second = evaluation.scenarios
    assert first.equal_error == equal_error(error_rates(alone))
    assert first.comparisons.non_mated.num == alone.non_mated.num == 30 * 59 - 59
    assert len(second.comparisons.mated.scores) == 0 and np.isnan(second.d_prime)
    assert second.comparisons.non_mated.num == 30 * 29 / 2


def test_points_say_where_their_threshold_is_from(evaluation: Evaluation) -> None:
    points = evaluation.scenarios[0].points
    assert [(each.origin, each.target_fmr) for each in points] == [
        ("this dataset", 0.01),
        ("this dataset", 1e-3),
        ("fake people", 1e-3),
    ]
    assert points[2].point.threshold == ONE.threshold
    for each in points:
        assert each.point.fnmr <= each.false_reject_rate + 1e-9
        assert each.fnmr.low <= each.fnmr.high


def test_the_det_curve_falls_and_stops_where_the_set_is_too_small(evaluation: Evaluation) -> None:
    scenario = evaluation.scenarios[0]
    known = np.isfinite(scenario.det[:, 0])
    assert (known == (DET_FMRS * scenario.comparisons.non_mated.num >= 1)).all()
    assert (np.diff(scenario.det[known, 0]) <= 0).all()
    assert (scenario.det[known, 1] <= scenario.det[known, 2]).all()


def test_groups_and_controls_are_in_it(evaluation: Evaluation) -> None:
    assert [(group.attribute, group.value) for group in evaluation.groups] == [
        ("gender", "Female"),
        ("gender", "Male"),
        ("gender", "Non-binary"),
        ("age", "15-19"),
        ("age", "30-39"),
    ]
    assert all(len(group.points) == 3 for group in evaluation.groups)
    yaw = next(each for each in evaluation.controls if each.control == "yaw_deg")
    assert yaw.slope == pytest.approx(0.5) and yaw.num == 59
    assert len(evaluation.identity_cosines) == 59


def test_the_report_can_be_read_and_computed_with(evaluation: Evaluation, tmp_path: Path) -> None:
    plots = write_plots(evaluation, tmp_path)
    found = leakage(embeddings_of(30), embeddings_of(3), threshold=0.5, fmr=1e-3)
    path = write_report(evaluation, tmp_path, plots=plots, leakage=found)
    text = path.read_text()
    assert "[at most " in text  # where no error was seen
    for heading in ("## Documents with live images", "## Groups", "## Requested against measured", "## Real"):
        assert heading in text
    assert "nan" not in text
    assert {plot.name for plot in plots} == {
        "scores_fake-r18.png",
        "det_fake-r18.png",
        "controls.png",
        "identity_cosine.png",
    }
    for plot in plots:
        assert f"]({plot.name})" in text
        with Image.open(plot) as picture:
            assert np.asarray(picture.convert("L")).std() > 5
    facts = json.loads(path.with_suffix(".json").read_text())
    assert facts["scenarios"][0]["equal_error"]["fmr"] == evaluation.scenarios[0].equal_error.fmr
    assert facts["leakage"]["num_matches"] == found.num_matches
    again = tmp_path / "again"
    again.mkdir()
    assert [plot.read_bytes() for plot in write_plots(evaluation, again)] == [
        plot.read_bytes() for plot in plots
    ]


def test_nobody_and_one_person_are_no_fault(people: list[Person], tmp_path: Path) -> None:
    for number in (0, 1):
        few = evaluate(people[:number], embeddings_of(30), settings=SETTINGS)
        path = write_report(few, tmp_path, plots=write_plots(few, tmp_path))
        assert "nan" not in path.read_text()
