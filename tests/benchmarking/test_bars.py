"""What was to be reached, and whether it was."""

import pytest

from liveportrait.benchmarking.bars import Bar


@pytest.mark.parametrize(("found", "is_met"), [(24.9, False), (25.0, True), (float("nan"), False)])
def test_a_least(found: float, is_met: bool) -> None:
    bar = Bar(what="frames a second", found=found, least=25.0)
    assert bar.is_met is is_met
    assert bar.facts()["is_met"] is is_met
    assert str(bar).startswith("met" if is_met else "MISSED")


def test_a_most_names_who_reached_it() -> None:
    bar = Bar(what="core ms", found=11.0, by="openvino bf16", most=12.0)
    assert bar.is_met
    assert str(bar) == "met  core ms: 11 (openvino bf16), at most 12 was wanted"
    assert not Bar(what="core ms", found=12.5, most=12.0).is_met
