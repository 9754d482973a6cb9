"""Judges come with licences of their own: what is installed for them is named where licences are told."""

from pathlib import Path

import pytest

from liveportrait.checkpoints.packaged_weights import PackagedWeights
from liveportrait.face.dlib_68 import WEIGHTS as DLIB_68
from liveportrait.judges.mobilenet_v2 import WEIGHTS as MOBILENET_V2
from liveportrait.judges.sface import WEIGHTS as SFACE

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("weights", "licences"),
    [
        (MOBILENET_V2, ("MIT", "BSD-3-Clause")),
        (SFACE, ("MIT", "Apache-2.0")),
        (DLIB_68, ("CC0-1.0", "commercial use")),
    ],
    ids=lambda part: getattr(part, "distribution", ""),
)
def test_a_judge_is_named_with_its_licence(weights: PackagedWeights, licences: tuple[str, ...]) -> None:
    notice, told = (
        next(
            row
            for row in (REPOSITORY / page).read_text(encoding="utf-8").splitlines()
            if f"`{weights.distribution}`" in row
        )
        for page in ("THIRD_PARTY_NOTICES.md", "docs/evaluation.md")
    )
    assert f"`{weights.distribution}` {weights.version}: `{Path(weights.path).name}`" in notice
    assert all(licence in notice and licence in told for licence in licences)
