"""Everything that is measured of a finished dataset with one recogniser."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from liveportrait.dataset.biometrics.bootstrap import BootstrapSettings
from liveportrait.dataset.biometrics.comparing import ComparingSettings, compare_between, compare_within
from liveportrait.dataset.biometrics.control_agreement import ControlAgreement, control_agreements
from liveportrait.dataset.biometrics.groups import GroupRates, group_rates
from liveportrait.dataset.biometrics.scenario import Scenario, rated
from liveportrait.dataset.biometrics.thresholds import Calibration
from liveportrait.dataset.embeddings import Embeddings, Recogniser
from liveportrait.dataset.people import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSettings:
    """At which rates, and how sure."""

    fmrs: tuple[float, ...] = (1e-3, 1e-4)
    """False match rates of the operating points."""
    bootstrap: BootstrapSettings = field(default_factory=BootstrapSettings)
    comparing: ComparingSettings = field(default_factory=ComparingSettings)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluation:
    """What is known of a dataset."""

    recogniser: Recogniser
    scenarios: tuple[Scenario, ...]
    groups: tuple[GroupRates, ...]
    """Of the first scenario, at its points."""
    controls: tuple[ControlAgreement, ...]
    identity_cosines: Float64[ndarray, "n"]
    """Of live images to their documents, as they were measured when these were made."""


def evaluate(
    people: Sequence[Person],
    embeddings: Embeddings,
    *,
    calibrations: Sequence[Calibration] = (),
    settings: EvaluationSettings | None = None,
) -> Evaluation:
    """Compare documents with live images and with each other; images that are not `ok` take no part."""
    settings = settings or EvaluationSettings()
    good = {image.planned.image_id for person in people for image in person.images}
    embeddings = embeddings.of_images(good)
    documents, live = embeddings.of_role("doc"), embeddings.of_role("live")
    recogniser = embeddings.recogniser
    mine = [each for each in calibrations if each.is_of(recogniser)]
    scenarios = tuple(
        rated(name, comparisons, fmrs=settings.fmrs, calibrations=mine, bootstrap=settings.bootstrap)
        for name, comparisons in (
            ("documents with live images", compare_between(documents, live, settings.comparing)),
            ("documents with each other", compare_within(documents, settings.comparing)),
        )
    )
    cosines = [image.face.identity_cosine for person in people for image in person.live if image.face]
    return Evaluation(
        recogniser=recogniser,
        scenarios=scenarios,
        groups=tuple(_groups(people, scenarios[0], settings)),
        controls=tuple(control_agreements(people)),
        identity_cosines=np.array([each for each in cosines if each is not None], dtype=np.float64),
    )


def _groups(people: Sequence[Person], scenario: Scenario, settings: EvaluationSettings) -> list[GroupRates]:
    thresholds = [each.point.threshold for each in scenario.points]
    found = []
    for place, attribute in enumerate(("gender", "age", "origin")):
        found += group_rates(
            scenario.comparisons,
            {person.identity_id: person.group[place] for person in people},
            attribute=attribute,
            thresholds=thresholds,
            bootstrap=settings.bootstrap,
        )
    return found
