import json
from pathlib import Path

import pytest
from scipy.stats import chisquare

from liveportrait.dataset.attributes.attribute_set import AttributeSet
from liveportrait.dataset.attributes.builtin_set import builtin_attribute_set
from liveportrait.dataset.attributes.drawing import AttributeSampler
from liveportrait.dataset.attributes.marginals import MarginalsCounter, MarginalsReport, chi_square
from liveportrait.dataset.attributes.marginals_report import as_markdown, write_marginals
from liveportrait.dataset.schema.identities import PlannedIdentity


def _report(attribute_set: AttributeSet, *, num: int = 1500) -> MarginalsReport:
    sampler, counter = AttributeSampler(attribute_set), MarginalsCounter(attribute_set)
    drawn = (sampler.draw(seed) for seed in range(num))
    identities = (
        PlannedIdentity(
            index=index,
            identity_id=f"{index:012x}",
            source="sampled",
            attributes=person.realised,
            rules_fired=person.rules_fired,
            prompt_seed=0,
            document_seed=0,
        )
        for index, person in enumerate(drawn)
    )
    assert len(list(counter.counted(identities))) == num
    return counter.report()


@pytest.fixture(scope="module")
def report() -> MarginalsReport:
    return _report(builtin_attribute_set())


def test_rules_show_in_what_was_realised(report: MarginalsReport) -> None:
    by_name = {part.use.name: part for part in report.classes}
    beard = by_name["facial_hair"].use
    assert beard.requested == 0.6
    assert beard.realised == pytest.approx(0.6 * 0.51, abs=0.05)
    assert {rule.rule: rule.count for rule in report.rules}["genders against facial_hair"] > 0
    gender = by_name["genders"].test
    assert gender is not None
    assert gender.p_value > 0.001


def test_without_rules_what_comes_is_what_was_asked_for() -> None:
    report = _report(AttributeSet(classes=builtin_attribute_set().classes))
    for part in report.classes:
        assert part.use.realised == pytest.approx(part.use.requested, abs=0.06)
        if part.test is not None:
            assert part.test.p_value > 0.001


def test_the_statistic_is_pearsons() -> None:
    counts, probabilities = [30, 50, 20], [0.25, 0.5, 0.25]
    test, known = chi_square(counts, probabilities), chisquare(counts, [25, 50, 25])
    assert test is not None
    assert (test.statistic, test.p_value) == pytest.approx((known.statistic, known.pvalue))


def test_rare_values_are_pooled_and_still_seen() -> None:
    asked = [0.5, 0.498, 0.001, 0.001]
    quiet, loud = chi_square([50, 50, 0, 0], asked), chi_square([40, 40, 10, 10], asked)
    assert quiet is not None
    assert loud is not None
    assert quiet.degrees_of_freedom == loud.degrees_of_freedom == 1
    assert loud.p_value < quiet.p_value


@pytest.mark.parametrize("counts", [[0, 0], [3, 3], [1, 0]])
def test_too_few_make_no_test(counts: list[int]) -> None:
    assert chi_square(counts, [0.5, 0.5]) is None


def test_a_report_of_nobody_can_be_written(tmp_path: Path) -> None:
    json_path, markdown_path = write_marginals(_report(builtin_attribute_set(), num=0), tmp_path)
    assert json.loads(json_path.read_text())["num_identities"] == 0
    assert "too few" in markdown_path.read_text()


def test_the_table_says_what_changed(report: MarginalsReport) -> None:
    text = as_markdown(report)
    assert "## hair_colors" in text
    assert "| genders against facial_hair |" in text
    assert "1500 identities" in text
